#include "libs/service/grpc_status.h"

#include <gtest/gtest.h>

#include "google/rpc/error.pb.h"
#include "libs/status/status.h"

namespace eventreactor::service {
namespace {

TEST(GrpcStatusTest, CodeReasonFieldAndMessageComeBack) {
  const absl::Status sent = InvalidField("spec.timeout", "\"ten\" is no duration", "BAD_DURATION");
  const absl::Status received = FromGrpc(ToGrpc(sent));
  EXPECT_EQ(received.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Message(received), "spec.timeout: \"ten\" is no duration");
  EXPECT_EQ(Reason(received), "BAD_DURATION");
  EXPECT_EQ(Field(received), "spec.timeout");
}

TEST(GrpcStatusTest, OkIsOk) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
}

TEST(GrpcStatusTest, OtherClientsFindAnErrorInfo) {
  google::rpc::Status details;
  const grpc::Status status =
      ToGrpc(MakeStatus(absl::StatusCode::kNotFound, "EVENT_NOT_FOUND", "no Event x"));
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(details.message(), "no Event x");
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "EVENT_NOT_FOUND");
  EXPECT_EQ(info.domain(), "eventreactor.summerwind.github.io");
  EXPECT_TRUE(info.metadata().empty());
}

TEST(GrpcStatusTest, AnErrorOfGrpcItselfHasItsCodeAsReason) {
  const absl::Status status = FromGrpc({grpc::StatusCode::UNAVAILABLE, "connection refused"});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Reason(status), "UNAVAILABLE");
  EXPECT_EQ(Message(status), "connection refused");
}

TEST(GrpcStatusTest, ForeignOrBrokenDetailsAreNotOurs) {
  google::rpc::ErrorInfo info;
  info.set_reason("THEIRS");
  info.set_domain("example.com");
  google::rpc::Status details;
  details.add_details()->PackFrom(info);
  EXPECT_EQ(Reason(FromGrpc({grpc::StatusCode::ABORTED, "", details.SerializeAsString()})),
            "ABORTED");
  EXPECT_EQ(Reason(FromGrpc({grpc::StatusCode::ABORTED, "", "\xff\xff"})), "ABORTED");
}

TEST(GrpcStatusTest, WhatATrailerCannotHoldIsCut) {
  const absl::Status huge = MakeStatus(absl::StatusCode::kInternal, "X",
                                       std::string(100'000, 'm') + "\xff", std::string(9000, 'f'));
  const grpc::Status status = ToGrpc(huge);
  EXPECT_EQ(status.error_message().size(), 1024U);
  EXPECT_LT(status.error_details().size(), 2048U);
  EXPECT_EQ(Field(FromGrpc(status)).size(), 256U);
}

}  // namespace
}  // namespace eventreactor::service
