// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "systemc/base/error.h"
#include "systemc/base/simulation.h"

using namespace cubist::base;

namespace {

struct Log {
  std::vector<std::string> lines;
};

class Sleeper : public Agent {
 public:
  Sleeper(std::string name, Rank rank, Agenda& agenda, Log& log)
      : name_(std::move(name)), rank_(rank), agenda_(agenda), log_(log) {}
  void wake(uint64_t token) override {
    log_.lines.push_back(name_ + std::to_string(token) + "@" + std::to_string(agenda_.now()));
    if (stop_at == token) agenda_.stop();
    if (again > 0) {
      --again;
      agenda_.at(agenda_.now() + step, rank_, *this, token + 1);
    }
  }
  void at(Time when, uint64_t token) { agenda_.at(when, rank_, *this, token); }
  int again = 0;
  Time step = 0;
  uint64_t stop_at = ~uint64_t{0};

 private:
  std::string name_;
  Rank rank_;
  Agenda& agenda_;
  Log& log_;
};

}  // namespace

TEST_CASE("equal times are served by rank, then in the order they were made") {
  Simulation simulation{ParameterTable()};
  Log log;
  Agenda& agenda = simulation.agenda();
  Sleeper high("b", Rank::of(1, 0), agenda, log), low("a", Rank::of(0, 7), agenda, log);
  high.at(100, 1);
  low.at(100, 1);
  high.at(50, 2);
  low.at(100, 3);
  REQUIRE(agenda.next() == 50);
  REQUIRE_FALSE(agenda.run());
  REQUIRE(log.lines == std::vector<std::string>{"b2@50", "a1@100", "a3@100", "b1@100"});
  REQUIRE(agenda.now() == 100);
  REQUIRE(sc_core::sc_time_stamp().value() == 100);
  REQUIRE(agenda.served() == 4);
}

TEST_CASE("stop keeps the rest of the instant for the next run") {
  Simulation simulation{ParameterTable()};
  Log log;
  Agenda& agenda = simulation.agenda();
  Sleeper first("a", Rank::of(0, 0), agenda, log), second("b", Rank::of(0, 1), agenda, log);
  first.stop_at = 1;
  first.at(10, 1);
  second.at(10, 1);
  second.at(20, 2);
  REQUIRE(agenda.run());
  REQUIRE(log.lines == std::vector<std::string>{"a1@10"});
  REQUIRE_FALSE(agenda.run());
  REQUIRE(log.lines == std::vector<std::string>{"a1@10", "b1@10", "b2@20"});
}

TEST_CASE("a limit ends a run at exactly that time") {
  Simulation simulation{ParameterTable()};
  Log log;
  Agenda& agenda = simulation.agenda();
  Sleeper ticker("t", Rank::of(0, 0), agenda, log);
  ticker.again = 100;
  ticker.step = 10;
  ticker.at(0, 0);
  REQUIRE_FALSE(agenda.run(35));
  REQUIRE(agenda.now() == 35);
  REQUIRE(log.lines.size() == 4);  // 0, 10, 20, 30
  REQUIRE_FALSE(agenda.run(40));   // what is due at the limit itself waits
  REQUIRE(agenda.now() == 40);
  REQUIRE(log.lines.size() == 4);
  REQUIRE_FALSE(agenda.run(45));
  REQUIRE(log.lines.back() == "t4@40");
  REQUIRE(log.lines.size() == 5);
}

TEST_CASE("entries made while serving run in the same instant when they are due") {
  Simulation simulation{ParameterTable()};
  Log log;
  Agenda& agenda = simulation.agenda();
  Sleeper chain("c", Rank::of(0, 0), agenda, log);
  chain.again = 3;
  chain.step = 0;
  chain.at(5, 0);
  agenda.run();
  REQUIRE(log.lines == std::vector<std::string>{"c0@5", "c1@5", "c2@5", "c3@5"});
  REQUIRE_THROWS_AS(chain.at(4, 0), InternalError);
}

TEST_CASE("a clock's cycles lie at whole multiples of its period") {
  constexpr Clock core(1.85e9);
  static_assert(core.period() == 540541);
  REQUIRE(core.time_of(3) == 1621623);
  REQUIRE(core.cycle_at(1621622) == 2);
  REQUIRE(core.cycle_at(1621623) == 3);
  REQUIRE(core.cycle_from(1621622) == 3);
  REQUIRE(core.cycle_from(1621624) == 4);
}
