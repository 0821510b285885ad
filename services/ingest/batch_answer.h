// The HTTP answer to a batch. Pure.
//
// 202 only if every event was accepted. Any refusal makes the answer an error,
// whatever the share: who looks at the status alone, as most senders do, then
// sends the batch again, which is safe (what was accepted is a duplicate), and
// never takes a refused event for accepted. Who looks at the body has the
// result of each event, in both cases.
#pragma once

#include "services/ingest/acceptor.h"
#include "services/ingest/http_message.h"

namespace eventreactor::ingest {

// 202 with {"accepted", "refused", "results"}, or a problem with these as
// members: 503 if an event may be accepted later (with Retry-After), else 400.
HttpResponse BatchAnswer(const BatchReceipt& batch);

}  // namespace eventreactor::ingest
