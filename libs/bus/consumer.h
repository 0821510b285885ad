// A durable pull consumer of a work queue over JetStream.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/bus/bus.h"
#include "libs/bus/connection.h"

namespace eventreactor::bus {

class PullConsumer : public Consumer {
 public:
  PullConsumer(std::shared_ptr<Connection> connection, std::string stream, std::string durable)
      : connection_(std::move(connection)),
        stream_(std::move(stream)),
        durable_(std::move(durable)) {}

  absl::StatusOr<std::vector<std::unique_ptr<Delivery>>> Fetch(int max,
                                                               absl::Duration wait) override;

 private:
  absl::StatusOr<std::vector<std::unique_ptr<Delivery>>> FetchOnce(int max, absl::Time deadline);
  // Creates the durable consumer once per link, as a server may have lost it.
  absl::Status Ensure(const std::shared_ptr<Link>& link);
  void Forget();

  const std::shared_ptr<Connection> connection_;
  const std::string stream_;
  const std::string durable_;
  std::mutex mu_;
  std::weak_ptr<Link> ensured_;
};

}  // namespace eventreactor::bus
