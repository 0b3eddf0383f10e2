// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "systemc/observe/trace_hash.h"
#include "tests/observe/support.h"

namespace {

using namespace cubist;
using observe::TraceHash;
using test::Emitter;

std::string hash_of(const std::function<void(base::EventBus&)>& body) {
  base::EventBus bus;
  TraceHash hash(bus);
  bus.attach(hash);
  body(bus);
  return hash.text();
}

TEST_CASE("the trace hash depends on texts, not on the numbers they got") {
  const auto run = [](base::EventBus& bus) {
    Emitter emit(bus);
    emit.begin("a.b", "copy", 100, 3, {{"bytes", 64}, {"pc", 5}});
    emit.end("a.b", 200);
  };
  const std::string plain = hash_of(run);
  CHECK(plain.size() == 32);
  CHECK(hash_of(run) == plain);
  CHECK(hash_of([&](base::EventBus& bus) {
          bus.track("unused");
          for (const char* name : {"pc", "bytes", "other", "copy"}) bus.name(name);
          run(bus);
        }) == plain);
}

TEST_CASE("a sink attached to a bus with tracks knows them") {
  base::EventBus bus;
  Emitter emit(bus);
  emit.instant("a.b", "early", 1);
  TraceHash late(bus);
  bus.attach(late);
  emit.instant("a.b", "x", 2);
  CHECK(late.text() ==
        hash_of([](base::EventBus& other) { Emitter(other).instant("a.b", "x", 2); }));
}

TEST_CASE("every difference changes the trace hash") {
  using Body = std::function<void(Emitter&)>;
  const std::vector<Body> variants{
      [](Emitter&) {},
      [](Emitter& e) { e.begin("a", "n", 1); },
      [](Emitter& e) { e.begin("a", "n", 2); },
      [](Emitter& e) { e.begin("b", "n", 1); },
      [](Emitter& e) { e.begin("a", "m", 1); },
      [](Emitter& e) { e.begin("a", "n", 1, 1); },
      [](Emitter& e) { e.instant("a", "n", 1); },
      [](Emitter& e) { e.counter("a", "n", 1, 0); },
      [](Emitter& e) { e.counter("a", "n", 1, 1); },
      [](Emitter& e) {
        e.begin("a", "n", 1, 0, {{"k", 0}});
      },
      [](Emitter& e) {
        e.begin("a", "n", 1, 0, {{"k", 1}});
      },
      [](Emitter& e) {
        e.begin("a", "n", 1, 0, {{"j", 1}});
      },
      [](Emitter& e) {
        e.begin("a", "n", 1, 0, {{"k", 1}, {"j", 2}});
      },
      [](Emitter& e) {
        e.begin("a", "n", 1, 0, {{"j", 2}, {"k", 1}});
      },
      [](Emitter& e) {
        e.begin("a", "n", 1, 0, {{"k", 2}, {"j", 1}});
      },
      [](Emitter& e) { e.begin("a", "", 1), e.end("a", 1); },
      [](Emitter& e) { e.instant("a", "x", 1), e.instant("a", "y", 1); },
      [](Emitter& e) { e.instant("a", "y", 1), e.instant("a", "x", 1); },
      [](Emitter& e) { e.instant("a", "x", 1), e.instant("a", "x", 1); },
  };
  std::set<std::string> hashes;
  for (const Body& body : variants) {
    hashes.insert(hash_of([&](base::EventBus& bus) {
      Emitter emit(bus);
      body(emit);
    }));
  }
  CHECK(hashes.size() == variants.size());
}

TEST_CASE("neighbouring times spread over the whole trace hash") {
  std::set<uint64_t> high, low;
  for (unsigned t = 0; t < 20'000; ++t) {
    base::EventBus bus;
    TraceHash hash(bus);
    bus.attach(hash);
    Emitter(bus).instant("a", "x", t);
    high.insert(hash.high() >> 32);
    low.insert(hash.low() & 0xffffffff);
  }
  // By chance alone, 20,000 draws from 2^32 collide in 0.05 cases on average.
  CHECK(high.size() >= 19'998);
  CHECK(low.size() >= 19'998);
}

}  // namespace
