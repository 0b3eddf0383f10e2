// SPDX-License-Identifier: Apache-2.0
// Requests to one channel as a CSV file, and the same with their times.
#pragma once

#include <string>
#include <vector>

#include "systemc/hbm/channel_model.h"

namespace cubist::tool {

/// One line of a request file. Times are nanoseconds.
struct FileRequest {
  std::string id;
  hbm::ChannelRequest request;
  double arrival_ns = 0;
  double accepted_ns = 0, done_ns = 0;
};

/// Reads `id,rw,pc,sid,bg,ba,row,col,arrival_ns` (with or without that line itself): rw is R or W,
/// col counts atoms of 32 bytes within the row. Throws base::UserError with file, line and field.
std::vector<FileRequest> read_requests(const std::string& file, const hbm::DramTiming& timing);

/// Throws base::UserError when the file cannot be written; to be asked before a long run.
void check_writable(const std::string& file);

/// Writes the same lines with `accepted_ns,done_ns` behind them. Throws base::UserError.
void write_requests(const std::string& file, const std::vector<FileRequest>& requests,
                    const hbm::DramTiming& timing);

/// Writes a command trace, in order of time: `clock,command,pc,sid,bg,ba,row,col`.
void write_commands(const std::string& file, std::vector<hbm::IssuedCommand> commands);

}  // namespace cubist::tool
