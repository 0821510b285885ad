#include "services/local-adapter/document_service.h"

#include <grpcpp/grpcpp.h>

#include <string>
#include <utility>

#include "eventreactor/v1/document_service.grpc.pb.h"
#include "libs/adapter/request_check.h"
#include "libs/domain/document_check.h"
#include "libs/status/status.h"

namespace eventreactor::local {
namespace {

// Which document a request names, checked.
absl::StatusOr<ObjectKey> KeyOfDocument(const std::string& kind, const std::string& ns,
                                        const std::string& name) {
  if (absl::Status status = CheckDocumentKind(kind, "kind"); !status.ok()) return status;
  absl::StatusOr<ObjectKey> key = CheckKey(ns, name);
  if (key.ok()) key->ns = NamespaceOfDocument(kind, key->ns);
  return key;
}

class DocumentServiceImpl final : public v1::DocumentService::Service {
 public:
  DocumentServiceImpl(DocumentStore& documents, service::CallFrame& frame)
      : documents_(documents), frame_(frame) {}

  grpc::Status Apply(grpc::ServerContext* context, const v1::DocumentServiceApplyRequest* request,
                     v1::DocumentServiceApplyResponse* response) override {
    return frame_.Run(*context, "eventreactor.v1.DocumentService/Apply", [&]() -> absl::Status {
      v1::Document document = request->document();
      v1::ObjectMeta& metadata = *document.mutable_metadata();
      absl::Status status = CheckDocumentKind(document.kind(), "kind");
      if (status.ok()) status = AdmitMetadata(metadata);
      if (status.ok()) status = CheckDocument(document);
      if (!status.ok()) return status;
      metadata.set_namespace_(NamespaceOfDocument(document.kind(), metadata.namespace_()));
      absl::StatusOr<DocumentStore::Applied> applied = documents_.Apply(document);
      if (!applied.ok()) return applied.status();
      applied->document.clear_body();
      *response->mutable_document() = std::move(applied->document);
      response->set_result(applied->result);
      return absl::OkStatus();
    });
  }

  grpc::Status Get(grpc::ServerContext* context, const v1::DocumentServiceGetRequest* request,
                   v1::DocumentServiceGetResponse* response) override {
    return frame_.Run(*context, "eventreactor.v1.DocumentService/Get", [&]() -> absl::Status {
      const absl::StatusOr<ObjectKey> key =
          KeyOfDocument(request->kind(), request->namespace_(), request->name());
      if (!key.ok()) return key.status();
      absl::StatusOr<v1::Document> document = documents_.Get(request->kind(), key->ns, key->name);
      if (!document.ok()) return document.status();
      *response->mutable_document() = WithoutSecrets(*std::move(document));
      return absl::OkStatus();
    });
  }

  grpc::Status List(grpc::ServerContext* context, const v1::DocumentServiceListRequest* request,
                    v1::DocumentServiceListResponse* response) override {
    return frame_.Run(*context, "eventreactor.v1.DocumentService/List", [&]() -> absl::Status {
      if (!request->kind().empty()) {
        absl::Status status = CheckDocumentKind(request->kind(), "kind");
        if (!status.ok()) return status;
      }
      const absl::StatusOr<ListQuery> query =
          CheckList(request->namespace_(), request->label_selector(), request->page_size(),
                    request->page_token());
      if (!query.ok()) return query.status();
      absl::StatusOr<DocumentStore::Listed> listed = documents_.List(request->kind(), *query);
      if (!listed.ok()) return listed.status();
      for (v1::Document& document : listed->documents) {
        *response->add_documents() = std::move(document);
      }
      response->set_next_page_token(listed->next_page_token);
      return absl::OkStatus();
    });
  }

  grpc::Status Delete(grpc::ServerContext* context, const v1::DocumentServiceDeleteRequest* request,
                      v1::DocumentServiceDeleteResponse* /*response*/) override {
    return frame_.Run(*context, "eventreactor.v1.DocumentService/Delete", [&]() -> absl::Status {
      const absl::StatusOr<ObjectKey> key =
          KeyOfDocument(request->kind(), request->namespace_(), request->name());
      if (!key.ok()) return key.status();
      return documents_.Delete(request->kind(), key->ns, key->name);
    });
  }

 private:
  DocumentStore& documents_;
  service::CallFrame& frame_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeDocumentService(DocumentStore& documents,
                                                   service::CallFrame& frame) {
  return std::make_unique<DocumentServiceImpl>(documents, frame);
}

}  // namespace eventreactor::local
