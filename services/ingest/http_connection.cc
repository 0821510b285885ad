#include "services/ingest/http_connection.h"

#include <glog/logging.h>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <limits>
#include <string_view>

#include "absl/time/time.h"
#include "libs/cloudevents/text.h"
#include "libs/status/status.h"
#include "services/ingest/http_fault.h"
#include "services/ingest/problem.h"

namespace eventreactor::ingest {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

// Beyond the head, so that its own bound is met before the buffer's.
constexpr size_t kBufferSlack = 4096;
// One read of an idle connection.
constexpr size_t kFirstRead = 2048;
// What an idle connection may keep of its buffer.
constexpr size_t kMostIdle = 4096;
// What a client may still send while it is told why not.
constexpr size_t kMostDiscarded = size_t{16} << 20;
constexpr std::chrono::seconds kLinger(2);

HttpHead TakeHead(const http::request<http::string_body>& request) {
  HttpHead head;
  head.method = std::string(request.method_string());
  head.target = std::string(request.target());
  for (const auto& field : request) {
    head.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  return head;
}

}  // namespace

void IoMailbox::Post(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (io_ != nullptr) asio::post(*io_, std::move(task));
}

void IoMailbox::Close() {
  const std::lock_guard lock(mutex_);
  io_ = nullptr;
}

HttpConnection::HttpConnection(asio::ip::tcp::socket socket, HttpShared& shared,
                               std::shared_ptr<asio::ssl::context> identity)
    : shared_(shared),
      stream_(std::move(socket), std::move(identity)),
      deadline_(stream_.get_executor()),
      buffer_(shared.limits.max_head + kBufferSlack) {
  error_code ignored;
  client_ = stream_.tcp().socket().remote_endpoint(ignored).address().to_string();
}

HttpConnection::~HttpConnection() = default;

void HttpConnection::Start() {
  if (!stream_.is_tls()) return AwaitRequest();
  stream_.tcp().expires_after(absl::ToChronoNanoseconds(shared_.limits.request));
  stream_.AsyncHandshake([self = shared_from_this()](error_code error) {
    if (error) return self->Close();
    self->AwaitRequest();
  });
}

void HttpConnection::Drain() {
  if (state_ == State::kIdle) Close();
}

void HttpConnection::Abort() { Close(); }

void HttpConnection::AwaitRequest() {
  state_ = State::kIdle;
  parser_.reset();
  if (buffer_.size() > 0) return ReadHead();  // Pipelined.
  if (shared_.stopping) return Close();
  if (buffer_.capacity() > kMostIdle) buffer_.shrink_to_fit();
  stream_.tcp().expires_after(absl::ToChronoNanoseconds(shared_.limits.idle));
  stream_.async_read_some(buffer_.prepare(kFirstRead),
                          [self = shared_from_this()](error_code error, size_t bytes) {
                            if (error) return self->Close();
                            self->buffer_.commit(bytes);
                            self->ReadHead();
                          });
}

void HttpConnection::ReadHead() {
  state_ = State::kReading;
  parser_ = std::make_unique<Parser>();
  parser_->header_limit(shared_.limits.max_head);
  // OnHead knows the bound. (None at all would be smaller than any to Beast.)
  parser_->body_limit(std::numeric_limits<uint64_t>::max());
  BoundReading();
  http::async_read_header(stream_, buffer_, *parser_,
                          [self = shared_from_this()](error_code error, size_t /*bytes*/) {
                            if (!error) return self->OnHead();
                            self->OnReadFailed(error);
                          });
}

// The stream's own expiry would close the socket, and no answer could leave.
void HttpConnection::BoundReading() {
  stream_.tcp().expires_never();
  is_late_ = false;
  deadline_.expires_after(absl::ToChronoNanoseconds(shared_.limits.request));
  deadline_.async_wait([weak = weak_from_this()](error_code stopped) {
    const auto self = weak.lock();
    if (stopped || !self || self->state_ != State::kReading) return;
    // It may have been set anew while this was on its way.
    if (self->deadline_.expiry() > asio::steady_timer::clock_type::now()) return;
    self->is_late_ = true;
    self->stream_.tcp().cancel();
  });
}

void HttpConnection::OnReadFailed(const error_code& error) {
  if (state_ == State::kClosed) return;
  if (is_late_) return RefuseAndClose(RequestTooSlow());
  if (error == http::error::header_limit && !HasRequestLine())
    return RefuseAndClose(TargetTooLong());
  const auto fault = FaultOfRead(error);
  if (!fault) return Close();
  RefuseAndClose(*fault);
}

bool HttpConnection::HasRequestLine() const {
  if (!parser_->get().target().empty()) return true;
  const auto bytes = buffer_.cdata();
  const std::string_view text(static_cast<const char*>(bytes.data()), bytes.size());
  return text.substr(0, shared_.limits.max_head).find('\n') != std::string_view::npos;
}

void HttpConnection::OnHead() {
  const auto& request = parser_->get();
  keep_alive_ = request.keep_alive();
  if (const absl::Status status = CheckFraming(request); !status.ok()) {
    return RefuseAndClose(status);
  }
  head_ = TakeHead(request);
  head_.client = client_;
  HttpAdmission admission = shared_.handler.Admit(head_);
  if (admission.refusal) {
    // A body that was not read would be taken for the next request.
    keep_alive_ = keep_alive_ && parser_->is_done();
    return Write(*std::move(admission.refusal));
  }
  const auto length = parser_->content_length();
  if (length && *length > admission.max_body)
    return RefuseAndClose(BodyTooLarge(admission.max_body));
  if (parser_->is_done()) return OnBody();

  const size_t wanted = length ? static_cast<size_t>(*length) : admission.max_body;
  if (wanted > shared_.limits.max_buffered - shared_.buffered) {
    return RefuseAndClose(MakeStatus(absl::StatusCode::kResourceExhausted, kServerBusy,
                                     "too many bodies are being read at once; try again"));
  }
  buffered_ = wanted;
  shared_.buffered += wanted;
  parser_->body_limit(admission.max_body);
  if (!request[http::field::expect].empty() && buffer_.size() == 0) return SendContinue();
  ReadBody();
}

void HttpConnection::SendContinue() {
  static constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(stream_, asio::buffer(kContinue, sizeof(kContinue) - 1),
                    [self = shared_from_this()](error_code error, size_t /*bytes*/) {
                      if (error) return self->OnReadFailed(error);
                      self->ReadBody();
                    });
}

void HttpConnection::ReadBody() {
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](error_code error, size_t /*bytes*/) {
                     if (!error) return self->OnBody();
                     self->OnReadFailed(error);
                   });
}

void HttpConnection::OnBody() {
  state_ = State::kHandling;
  deadline_.cancel();
  // The connection may be gone by then, and with it the server.
  HttpResponder respond = [mailbox = shared_.mailbox,
                           weak = weak_from_this()](HttpResponse response) {
    mailbox->Post([weak, response = std::move(response)]() mutable {
      const auto self = weak.lock();
      if (self && self->state_ == State::kHandling) self->Write(std::move(response));
    });
  };
  try {
    shared_.handler.Handle(head_, std::move(parser_->get().body()), std::move(respond));
  } catch (const std::exception& error) {
    LOG(ERROR) << "HTTP handler: exception: " << error.what();
    RefuseAndClose(MakeStatus(absl::StatusCode::kInternal, "HANDLER_EXCEPTION",
                              "the server failed by a fault of its own; its log has it"));
  }
}

void HttpConnection::RefuseAndClose(const absl::Status& status) {
  keep_alive_ = false;
  Write(shared_.handler.Refuse(status));
}

void HttpConnection::Write(HttpResponse response) {
  if (state_ == State::kClosed) return;
  state_ = State::kWriting;
  deadline_.cancel();
  ReleaseBuffered();
  if (shared_.stopping) keep_alive_ = false;
  const bool head_only = parser_->get().method() == http::verb::head;
  response_ = {};
  response_.result(static_cast<unsigned>(response.status));
  response_.version(11);
  for (const auto& [name, value] : response.headers) response_.set(name, value);
  response_.set(http::field::content_type, response.content_type);
  response_.content_length(response.body.size());
  response_.keep_alive(keep_alive_);
  if (!head_only) response_.body() = std::move(response.body);
  shared_.handler.Responded(response.status);
  stream_.tcp().expires_after(absl::ToChronoNanoseconds(shared_.limits.request));
  http::async_write(stream_, response_,
                    [self = shared_from_this()](error_code error, size_t /*bytes*/) {
                      if (error) return self->Close();
                      if (self->keep_alive_) return self->AwaitRequest();
                      self->Linger();
                    });
}

// Closing at once while the client still sends would reset the connection,
// and the answer with it.
void HttpConnection::Linger() {
  state_ = State::kLingering;
  stream_.tcp().expires_after(kLinger);
  buffer_.clear();
  if (!stream_.is_tls()) return EndSending();
  // Whether the client says goodbye too does not matter.
  stream_.AsyncShutdown([self = shared_from_this()](error_code /*error*/) { self->EndSending(); });
}

void HttpConnection::EndSending() {
  if (state_ == State::kClosed) return;
  error_code ignored;
  stream_.tcp().socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  Discard(0);
}

void HttpConnection::Discard(size_t so_far) {
  if (so_far > kMostDiscarded) return Close();
  // Nobody reads it, so it need not be deciphered.
  stream_.tcp().async_read_some(
      buffer_.prepare(buffer_.max_size()),
      [self = shared_from_this(), so_far](error_code error, size_t bytes) {
        if (error) return self->Close();
        self->Discard(so_far + bytes);
      });
}

void HttpConnection::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  deadline_.cancel();
  ReleaseBuffered();
  stream_.tcp().close();
  shared_.closed(this);
}

void HttpConnection::ReleaseBuffered() {
  shared_.buffered -= buffered_;
  buffered_ = 0;
}

}  // namespace eventreactor::ingest
