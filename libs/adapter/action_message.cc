#include "libs/adapter/action_message.h"

#include <algorithm>
#include <cctype>

#include "libs/bus/subjects.h"
#include "libs/cloudevents/nats.h"
#include "libs/domain/convert.h"

namespace eventreactor {

std::string CompletionWord(v1::Completion completion) {
  std::string word = v1::Completion_Name(completion).substr(sizeof("COMPLETION_") - 1);
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word;
}

bus::Message ActionMessage(const v1::Action& finished) {
  const cloudevents::CloudEvent event = CloudEventFromAction(finished);
  const v1::ObjectMeta& metadata = finished.metadata();
  bus::Message message;
  message.subject = bus::ActionSubject(metadata.namespace_(), finished.spec().pipeline().name(),
                                       CompletionWord(finished.status().completion()));
  message.headers = cloudevents::ToNatsHeaders(event);
  message.headers.emplace_back("er-namespace", metadata.namespace_());
  message.payload = event.data.value_or("");
  message.id = metadata.uid();
  return message;
}

}  // namespace eventreactor
