// What users do in one run: they post events, some of them twice, apply, edit
// and remove Pipelines, cancel Actions, and send what nobody can read. They
// repeat what they are not sure of.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/adapter_port.h"
#include "tests/simulation/model.h"

namespace eventreactor::simulation {

class Users {
 public:
  Users(const Outside& outside, ProcessPtr process, AdapterPort::Current adapter);

  void Start();
  bool ready() const { return at_it_ == 0; }
  const Deeds& deeds() const { return deeds_; }

 private:
  // One each of what several do at once.
  void Operate(int deeds);
  void PostSome(int posts);

  void SendGarbage(int number);
  void Publish(const bus::Message& message);
  void PostOne();
  void Apply(const std::string& name);
  void Delete(const std::string& name);
  // From now on the last of these may be gone.
  void EndLast(std::vector<Version>& versions) const;
  void Cancel();
  void Disturb();
  Rule AnyRule(const std::string& name);

  const Outside outside_;
  Schedule& schedule_;
  const ProcessPtr process_;
  BusPort bus_;
  AdapterPort adapter_;
  Deeds deeds_;
  int at_it_ = 0;
};

}  // namespace eventreactor::simulation
