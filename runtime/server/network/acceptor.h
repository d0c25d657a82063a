// The listening socket: looks at how each connection begins, hands those that speak HTTP/2 on, and
// tells the others, in their own terms where it knows them, that this is a gRPC server.
//
// A connection that says nothing costs one descriptor and an entry of a bounded table, no thread
// and no buffer.
#ifndef RUNTIME_SERVER_NETWORK_ACCEPTOR_H_
#define RUNTIME_SERVER_NETWORK_ACCEPTOR_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "runtime/server/network/counts.h"

namespace fedrt {

struct AcceptorOptions {
  std::chrono::milliseconds silence{10000};  // that a connection may keep
  size_t max_silent = 16384;                 // at a time; beyond, the oldest goes
};

class Acceptor {
 public:
  // Listens at "HOST:PORT" ("[::1]:0", ":8470" for all addresses; port 0: any). `take` is given
  // descriptors of connections that begin with HTTP/2's preface, non-blocking, nothing read from
  // them yet; it is called on the acceptor's thread.
  static absl::StatusOr<std::unique_ptr<Acceptor>> listen(const std::string& address,
                                                          AcceptorOptions options, Counts* counts,
                                                          std::function<void(int)> take);
  // Whether `address` has the form that listen() takes, whoever has it.
  static absl::Status check_address(const std::string& address);
  // Closes the listening socket and what has not been handed on.
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;

  // "127.0.0.1:41234".
  const std::string& address() const { return address_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Connection {
    int fd;
    Clock::time_point until;
    bool told;  // only waits until the other side has read what it was told
  };

  Acceptor(AcceptorOptions options, Counts* counts, std::function<void(int)> take);
  absl::Status open(const std::string& address);
  void loop();
  void accept_all();
  void make_room();
  void look(int fd);
  void read_away(int fd);
  void refuse(int fd, const std::string& text, Incident incident);
  void close_connection(int fd);
  void expire();

  const AcceptorOptions options_;
  size_t max_silent_;
  Counts* counts_;
  const std::function<void(int)> take_;
  std::string address_;
  int listener_ = -1, epoll_ = -1, wake_ = -1;
  int reserve_ = -1;  // given up to accept, and close, a connection when descriptors run out
  std::list<Connection> connections_;  // the oldest first
  std::unordered_map<int, std::list<Connection>::iterator> by_fd_;
  std::thread thread_;
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_NETWORK_ACCEPTOR_H_
