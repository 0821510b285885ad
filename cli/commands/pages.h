// Reads a list page by page to its end. For .cc files of commands only: what
// includes it knows the service's stub.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/client.h"

namespace eventreactor::cli {

// Calls `list` of `stub` until there are no more pages or `enough` says so of
// what is there; `items` takes the objects of a page.
template <class Item, class Stub, class Request, class Response, class Items, class Enough>
absl::StatusOr<std::vector<Item>> ReadPages(const Client& client, Stub& stub,
                                            grpc::Status (Stub::*list)(grpc::ClientContext*,
                                                                       const Request&, Response*),
                                            Request request, Items items, Enough enough) {
  std::vector<Item> all;
  do {
    auto page = client.Call(client.adapter(), stub, list, request);
    if (!page.ok()) return page.status();
    for (auto& item : *items(*page)) all.push_back(std::move(item));
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty() && !enough(all));
  return all;
}

template <class Item, class Stub, class Request, class Response, class Items>
absl::StatusOr<std::vector<Item>> ReadPages(const Client& client, Stub& stub,
                                            grpc::Status (Stub::*list)(grpc::ClientContext*,
                                                                       const Request&, Response*),
                                            const Request& request, Items items) {
  return ReadPages<Item>(client, stub, list, request, items, [](const auto&) { return false; });
}

}  // namespace eventreactor::cli
