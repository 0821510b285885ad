// The Docker Engine API as docker and podman both speak it, on a unix socket.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "services/local-adapter/engine_http.h"
#include "services/local-adapter/engine_port.h"

namespace eventreactor::local {

class EngineClient : public Engine {
 public:
  // `address` is unix:///absolute/path; INVALID_ARGUMENT for anything else.
  // Connects when it is first called.
  // `logins` is a config.json as `docker login` writes it, read at each pull;
  // it need not be there, and may be empty.
  static absl::StatusOr<std::unique_ptr<EngineClient>> Create(const std::string& address,
                                                              const std::string& logins = "");
  explicit EngineClient(EngineHttp::Options options, std::string logins = "");

  absl::Status Ping(const std::stop_token& abandoned) override;
  absl::StatusOr<bool> HasImage(const std::stop_token& abandoned,
                                const ImageReference& image) override;
  absl::Status Pull(const std::stop_token& abandoned, const ImageReference& image,
                    const OnTick& tick, const OnProgress& progress) override;
  absl::StatusOr<std::string> CreateContainer(const std::stop_token& abandoned,
                                              const ContainerSpec& spec) override;
  absl::Status PutArchive(const std::stop_token& abandoned, const std::string& container,
                          const std::string& path, const std::string& tar) override;
  absl::Status StartContainer(const std::stop_token& abandoned,
                              const std::string& container) override;
  absl::StatusOr<ContainerState> InspectContainer(const std::stop_token& abandoned,
                                                  const std::string& container) override;
  absl::StatusOr<std::vector<EngineObject>> ListContainers(const std::stop_token& abandoned,
                                                           const EngineLabels& labels) override;
  absl::Status Signal(const std::stop_token& abandoned, const std::string& container,
                      const std::string& signal) override;
  absl::Status RemoveContainer(const std::stop_token& abandoned,
                               const std::string& container) override;
  absl::Status ReadLog(const std::stop_token& abandoned, const std::string& container,
                       const OnData& data, const OnTick& tick) override;
  absl::Status FollowLog(const std::stop_token& abandoned, const std::string& container,
                         const OnData& data, const OnTick& tick) override;
  absl::Status CreateVolume(const std::stop_token& abandoned, const std::string& name,
                            const EngineLabels& labels) override;
  absl::Status RemoveVolume(const std::stop_token& abandoned, const std::string& name) override;
  absl::StatusOr<std::vector<EngineObject>> ListVolumes(const std::stop_token& abandoned,
                                                        const EngineLabels& labels) override;

 private:
  // "/v1.41": asked for once, as newer engines refuse older dialects.
  absl::StatusOr<std::string> Dialect(const std::stop_token& abandoned);
  // Sends `request` (its target without the dialect); an answer of 400 and
  // above is an error.
  absl::StatusOr<EngineResponse> Call(const std::stop_token& abandoned, EngineRequest request);
  absl::Status Log(const std::stop_token& abandoned, const std::string& container, bool follow,
                   const OnData& data, const OnTick& tick);

  EngineHttp http_;
  const std::string logins_;
  std::mutex mutex_;
  std::string dialect_;
  bool is_podman_ = false;
};

}  // namespace eventreactor::local
