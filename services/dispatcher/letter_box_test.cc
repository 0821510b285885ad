#include "services/dispatcher/letter_box.h"

#include <gmock/gmock.h>

#include "libs/domain/fixtures.h"
#include "libs/status/status.h"
#include "services/dispatcher/dead_letters.h"
#include "services/dispatcher/dispatcher_fixture.h"
#include "services/dispatcher/letter.h"

namespace eventreactor::dispatcher {
namespace {

using fixtures::ChainedPipeline;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class LetterBoxTest : public DispatcherFixture {
 protected:
  // Puts a letter into ER_DEAD past the dispatcher.
  uint64_t Bury(const std::string& id, const std::string& ns = "default",
                const std::string& reason = "BROKEN", const std::string& type = "push") {
    bus::Message message = EventMessage(type, "/repo", id, ns);
    message.subject = bus::DeadSubject(message.subject);
    message.id = "dead." + message.id;
    message.headers.emplace_back(kDeadReason, reason);
    message.headers.emplace_back(kDeadMessage, "in words");
    message.headers.emplace_back(kDeadAttempts, "7");
    const auto ack = bus_.Publish(message);
    EXPECT_TRUE(ack.ok()) << ack.status();
    return ack.ok() ? ack->sequence : 0;
  }
  std::vector<std::string> Ids(v1::ListDeadLettersRequest request) {
    std::vector<std::string> ids;
    do {
      v1::ListDeadLettersResponse page;
      const absl::Status status = letters_.List(request, page);
      EXPECT_TRUE(status.ok()) << status;
      for (const auto& letter : page.dead_letters()) ids.push_back(letter.id());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return ids;
  }
  static v1::DeadLetterSelection Selected(const std::vector<uint64_t>& sequences) {
    v1::DeadLetterSelection selection;
    for (const uint64_t sequence : sequences) selection.add_sequences(sequence);
    return selection;
  }
  static v1::DeadLetterSelection All() {
    v1::DeadLetterSelection selection;
    selection.set_all(true);
    return selection;
  }
  v1::ReplayDeadLettersResponse Replay(const v1::DeadLetterSelection& selection) {
    v1::ReplayDeadLettersResponse response;
    const absl::Status status = letters_.Replay(selection, response);
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }
  // The adapter refuses the Actions of that Pipeline for good.
  void Refuse(const std::string& pipeline) {
    adapter_.SetHook([pipeline](const std::string& call, const std::string& object) {
      return call == "Create" && object == pipeline
                 ? MakeStatus(absl::StatusCode::kInvalidArgument, "FORBIDDEN_FIELD", "not so")
                 : absl::OkStatus();
    });
  }

  LetterBox letters_{bus_};
};

TEST_F(LetterBoxTest, ListsInPagesWithWhatIsToBeKnown) {
  for (const char* id : {"1", "2", "3"}) Bury(id);
  Bury("4", "team");
  Bury("5", "default", "OTHER");
  Bury("6", "default", "BROKEN", "pull");
  v1::ListDeadLettersRequest request;
  request.set_page_size(2);
  EXPECT_THAT(Ids(request), ElementsAre("1", "2", "3", "4", "5", "6"));
  request.set_namespace_("default");
  EXPECT_THAT(Ids(request), ElementsAre("1", "2", "3", "5", "6"));
  request.set_reason("BROKEN");
  request.set_type("push");
  EXPECT_THAT(Ids(request), ElementsAre("1", "2", "3"));
  v1::ListDeadLettersResponse page;
  ASSERT_TRUE(letters_.List(request, page).ok());
  ASSERT_EQ(page.dead_letters_size(), 2);
  const v1::DeadLetter& letter = page.dead_letters(0);
  EXPECT_EQ(letter.sequence(), 1U);
  EXPECT_EQ(letter.namespace_(), "default");
  EXPECT_EQ(letter.subject(), "er.event.default.push");
  EXPECT_EQ(letter.type(), "push");
  EXPECT_EQ(letter.source(), "/repo");
  EXPECT_EQ(letter.reason(), "BROKEN");
  EXPECT_EQ(letter.message(), "in words");
  EXPECT_EQ(letter.attempts(), 7);
  EXPECT_GT(letter.time().seconds(), 0);
  EXPECT_EQ(letter.size(), 9);
}

TEST_F(LetterBoxTest, ShowsTheOriginal) {
  const uint64_t sequence = Bury("1", "team");
  v1::GetDeadLetterRequest request;
  request.set_sequence(sequence);
  v1::GetDeadLetterResponse response;
  ASSERT_TRUE(letters_.Get(request, response).ok());
  EXPECT_EQ(response.payload(), "data of 1");
  std::vector<std::string> names;
  for (const auto& header : response.headers()) names.push_back(header.name());
  EXPECT_THAT(names, ::testing::IsSupersetOf({"ce-id", "ce-source", "ce-type", "er-namespace"}));
  request.set_namespace_("default");
  EXPECT_EQ(Reason(letters_.Get(request, response)), "DEAD_LETTER_NOT_FOUND")
      << "it is another namespace's";
}

TEST_F(LetterBoxTest, AnEventThatWasNeverDispatchedIsDispatchedAsAtFirst) {
  adapter_.Apply(fixtures::EventPipeline("build", "push"));
  const uint64_t sequence = Bury("1");
  EXPECT_THAT(Replay(Selected({sequence})).replayed(), ElementsAre(sequence));
  EXPECT_THAT(bus_.Stored(bus::kDead), IsEmpty());
  Process process(bus_, adapter_);
  EXPECT_TRUE(TakeEvents(process));
  ASSERT_EQ(adapter_.Actions().size(), 1U);
  const std::string event = EventName("default", "/repo", "1");
  EXPECT_EQ(adapter_.Actions()[0].metadata().name(), ActionName(event, "build"));
  ASSERT_EQ(adapter_.Events().size(), 1U);
  EXPECT_TRUE(adapter_.Events()[0].status().has_dispatch_time());
}

TEST_F(LetterBoxTest, OnlyTheActionsThatWereRefusedAreCreated) {
  adapter_.Apply(fixtures::EventPipeline("fine", "push"));
  adapter_.Apply(fixtures::EventPipeline("refused", "push"));
  Refuse("refused");
  Process process(bus_, adapter_);
  Publish(EventMessage("push", "/repo", "1"));
  EXPECT_TRUE(TakeEvents(process));
  EXPECT_EQ(DeadHeader(kDeadPipelines), "refused");
  adapter_.SetHook(nullptr);
  adapter_.Apply(fixtures::EventPipeline("later", "push"));
  ASSERT_TRUE(Eventually(
      [&] { return process.cache.Current()->snapshot().Find("default", "later") != nullptr; }));
  EXPECT_EQ(Replay(All()).replayed_size(), 1);
  EXPECT_TRUE(TakeEvents(process));
  EXPECT_THAT(ActionPipelines(), UnorderedElementsAre("fine", "refused"));
  EXPECT_THAT(bus_.Stored(bus::kDead), IsEmpty());
}

TEST_F(LetterBoxTest, AFinishedActionTriggersWhatItDidNotTriggerBefore) {
  adapter_.Apply(fixtures::EventPipeline("build", "push"));
  adapter_.Apply(ChainedPipeline("test", "build"));
  Process process(bus_, adapter_);
  Publish(EventMessage("push", "/repo", "1"));
  EXPECT_TRUE(TakeEvents(process));
  process.prober.answer = [](const auto&) { return Verdict::kCrashes; };
  Publish(ActionMessage(Finish("build")));
  adapter_.Fail(absl::UnavailableError("away"));
  for (uint64_t i = 0; i <= kTrustedAttempts; ++i) {
    if (i == kTrustedAttempts) adapter_.Fail(absl::OkStatus());
    EXPECT_TRUE(TakeActions(process));
  }
  EXPECT_EQ(DeadHeader(kDeadReason), "CRASHED_DISPATCHER");
  EXPECT_THAT(ActionPipelines(), ElementsAre("build"));
  EXPECT_EQ(Replay(All()).replayed_size(), 1);
  Process mended(bus_, adapter_);
  ASSERT_TRUE(Eventually([&] { return mended.gate.open(); }));
  EXPECT_TRUE(TakeActions(mended));
  EXPECT_THAT(ActionPipelines(), UnorderedElementsAre("build", "test"));
}

TEST_F(LetterBoxTest, ALetterPutBackTwiceCreatesNothingTwice) {
  adapter_.Apply(fixtures::EventPipeline("build", "push"));
  const uint64_t sequence = Bury("1");
  const auto letter = *bus_.Next(bus::kDead, "er.dead.>", sequence);
  // A dispatcher killed between the two steps has published, and not removed.
  ASSERT_TRUE(bus_.Publish(Reborn(letter)).ok());
  EXPECT_EQ(Replay(Selected({sequence})).replayed_size(), 1);
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 1U) << "the bus knows its id";
  Process process(bus_, adapter_);
  EXPECT_TRUE(TakeEvents(process));
  // And once it does not.
  bus_.ForgetIds();
  ASSERT_TRUE(bus_.Publish(Reborn(letter)).ok());
  EXPECT_TRUE(TakeEvents(process));
  EXPECT_EQ(adapter_.CreatedEver(), 1);
  EXPECT_THAT(bus_.Stored(bus::kDead), IsEmpty());
}

TEST_F(LetterBoxTest, ALetterStaysUntilItIsStoredWhereItCameFrom) {
  const uint64_t sequence = Bury("1");
  v1::ReplayDeadLettersResponse response;
  bus_.SetFull(bus::kEvents, true);
  EXPECT_EQ(Reason(letters_.Replay(Selected({sequence}), response)), "BUS_FULL");
  EXPECT_EQ(bus_.Stored(bus::kDead).size(), 1U);
  bus_.SetFull(bus::kEvents, false);
  bus_.LoseAnswers(1);
  EXPECT_EQ(Reason(letters_.Replay(Selected({sequence}), response)), "BUS_DOWN");
  EXPECT_EQ(bus_.Stored(bus::kDead).size(), 1U);
  EXPECT_EQ(Replay(Selected({sequence})).replayed_size(), 1);
  EXPECT_THAT(bus_.Stored(bus::kDead), IsEmpty());
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 1U);
}

TEST_F(LetterBoxTest, OneThatComesBackIsNotPutBackAgainByTheSameRequest) {
  for (int i = 0; i < kMaxHandled + 5; ++i) Bury(std::to_string(i));
  v1::DeadLetterSelection all = All();
  auto response = Replay(all);
  EXPECT_EQ(response.replayed_size(), kMaxHandled);
  ASSERT_FALSE(response.next_page_token().empty());
  const uint64_t again = Bury("again");
  all.set_page_token(response.next_page_token());
  response = Replay(all);
  EXPECT_EQ(response.replayed_size(), 5);
  EXPECT_EQ(response.next_page_token(), "");
  ASSERT_EQ(bus_.Stored(bus::kDead).size(), 1U);
  EXPECT_EQ(bus_.Stored(bus::kDead)[0].sequence, again);
}

TEST_F(LetterBoxTest, PurgesWhatIsSelectedAndNothingElse) {
  const uint64_t one = Bury("1");
  Bury("2", "team");
  Bury("3", "default", "OTHER");
  v1::PurgeDeadLettersResponse response;
  ASSERT_TRUE(letters_.Purge(Selected({one, 4000}), response).ok());
  EXPECT_THAT(response.purged(), ElementsAre(one));
  ASSERT_EQ(response.failures_size(), 1);
  EXPECT_EQ(response.failures(0).sequence(), 4000U);
  EXPECT_EQ(response.failures(0).reason(), "DEAD_LETTER_NOT_FOUND");
  v1::DeadLetterSelection all = All();
  all.set_namespace_("default");
  all.set_reason("BROKEN");
  response.Clear();
  ASSERT_TRUE(letters_.Purge(all, response).ok());
  EXPECT_EQ(response.purged_size(), 0);
  all.clear_reason();
  ASSERT_TRUE(letters_.Purge(all, response).ok());
  EXPECT_EQ(response.purged_size(), 1);
  EXPECT_THAT(Ids({}), ElementsAre("2"));
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
}

TEST_F(LetterBoxTest, AnEmptyBoxIsNoError) {
  EXPECT_EQ(Replay(All()).replayed_size(), 0);
  EXPECT_THAT(Ids({}), IsEmpty());
}

TEST_F(LetterBoxTest, SelectionsThatAreNoneNameTheirField) {
  v1::PurgeDeadLettersResponse response;
  EXPECT_EQ(Field(letters_.Purge({}, response)), "selection") << "nothing is no way to say all";
  v1::DeadLetterSelection both = Selected({1});
  both.set_all(true);
  EXPECT_EQ(Field(letters_.Purge(both, response)), "selection");
  v1::DeadLetterSelection filtered = Selected({1});
  filtered.set_reason("X");
  EXPECT_EQ(Field(letters_.Purge(filtered, response)), "selection");
  EXPECT_EQ(Field(letters_.Purge(Selected(std::vector<uint64_t>(kMaxHandled + 1, 1)), response)),
            "selection.sequences");
  v1::DeadLetterSelection elsewhere = All();
  elsewhere.set_namespace_(">");
  EXPECT_EQ(Field(letters_.Purge(elsewhere, response)), "namespace");
  v1::ListDeadLettersRequest list;
  v1::ListDeadLettersResponse page;
  list.set_page_token("x");
  EXPECT_EQ(Field(letters_.List(list, page)), "page_token");
  list.set_page_token("");
  list.set_page_size(501);
  EXPECT_EQ(Field(letters_.List(list, page)), "page_size");
}

}  // namespace
}  // namespace eventreactor::dispatcher
