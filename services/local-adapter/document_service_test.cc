// The service as a client sees it: over gRPC, with a database behind it.
#include "services/local-adapter/document_service.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "eventreactor/v1/document_service.grpc.pb.h"
#include "libs/service/grpc_status.h"
#include "libs/service/server.h"
#include "services/local-adapter/document_fixtures.h"
#include "services/local-adapter/sqlite_store.h"
#include "services/local-adapter/store_test_files.h"

namespace eventreactor::local {
namespace {

using DocumentsStub = v1::DocumentService::Stub;
using testing::HasSubstr;
using testing::Not;

class DocumentServiceTest : public testing::Test {
 protected:
  DocumentServiceTest() {
    auto store = SqliteStore::Open({.path = directory_.path() + "/er.db"});
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    service_ = MakeDocumentService(store_->documents(), frame_);
    service::CommonOptions options;
    options.listen = "127.0.0.1:0";
    auto server = service::Server::Start(options, {service_.get()});
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = v1::DocumentService::NewStub(grpc::CreateChannel(
        "127.0.0.1:" + std::to_string(server_->port()), grpc::InsecureChannelCredentials()));
  }
  ~DocumentServiceTest() override { server_->Shutdown(absl::ZeroDuration()); }

  template <class Request, class Response>
  absl::Status Call(grpc::Status (DocumentsStub::*method)(grpc::ClientContext*, const Request&,
                                                          Response*),
                    const Request& request, Response& response) {
    grpc::ClientContext context;
    return service::FromGrpc((stub_.get()->*method)(&context, request, &response));
  }

  absl::Status Apply(const v1::Document& document) {
    v1::DocumentServiceApplyRequest request;
    *request.mutable_document() = document;
    return Call(&DocumentsStub::Apply, request, applied_);
  }

  TestDirectory directory_;
  std::unique_ptr<SqliteStore> store_;
  service::CallFrame frame_{""};
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<service::Server> server_;
  std::unique_ptr<DocumentsStub> stub_;
  v1::DocumentServiceApplyResponse applied_;
};

TEST_F(DocumentServiceTest, ASecretsValuesNeverLeaveTheAdapter) {
  ASSERT_TRUE(Apply(DocumentOf(kSecret, "s", R"({"stringData": {"password": "hunter2"}})")).ok());
  EXPECT_THAT(applied_.ShortDebugString(), Not(HasSubstr("password")));
  v1::DocumentServiceGetRequest request;
  request.set_kind(kSecret);
  request.set_name("s");
  v1::DocumentServiceGetResponse response;
  ASSERT_TRUE(Call(&DocumentsStub::Get, request, response).ok());
  EXPECT_THAT(response.ShortDebugString(), HasSubstr("(7 bytes)"));
  EXPECT_THAT(response.ShortDebugString(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(response.ShortDebugString(), Not(HasSubstr("aHVudGVyMg")));
  v1::DocumentServiceListResponse listed;
  ASSERT_TRUE(Call(&DocumentsStub::List, v1::DocumentServiceListRequest(), listed).ok());
  ASSERT_EQ(listed.documents_size(), 1);
  EXPECT_FALSE(listed.documents(0).has_body());
}

TEST_F(DocumentServiceTest, AClusterBuildTemplateIsInNoNamespace) {
  v1::Document document =
      DocumentOf(kClusterBuildTemplate, "t", R"({"spec": {"steps": [{"image": "i"}]}})");
  document.mutable_metadata()->set_namespace_("team");
  ASSERT_TRUE(Apply(document).ok());
  EXPECT_EQ(applied_.document().metadata().namespace_(), "");
  v1::DocumentServiceDeleteRequest request;
  request.set_kind(kClusterBuildTemplate);
  request.set_namespace_("other");
  request.set_name("t");
  v1::DocumentServiceDeleteResponse deleted;
  EXPECT_TRUE(Call(&DocumentsStub::Delete, request, deleted).ok());
  EXPECT_EQ(Reason(Call(&DocumentsStub::Delete, request, deleted)), "DOCUMENT_NOT_FOUND");
}

TEST_F(DocumentServiceTest, RefusesWhatIsNoDocument) {
  v1::Document document = DocumentOf(kConfigMap, "m", "{}");
  document.mutable_metadata()->set_name("Not_A_Name");
  EXPECT_EQ(Field(Apply(document)), "metadata.name");
  document = DocumentOf("Deployment", "m", "{}");
  EXPECT_EQ(Field(Apply(document)), "kind");
  v1::DocumentServiceGetRequest request;
  request.set_kind("Secrets");
  request.set_name("s");
  v1::DocumentServiceGetResponse response;
  EXPECT_THAT(Message(Call(&DocumentsStub::Get, request, response)), HasSubstr("\"Secret\"?"));
}

}  // namespace
}  // namespace eventreactor::local
