#include "runtime/server/network/acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace fedrt {
namespace {

// RFC 9113, section 3.4.
constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::string_view kMethods[] = {"GET ",     "POST ",    "HEAD ",  "PUT ",  "DELETE ",
                                         "OPTIONS ", "CONNECT ", "PATCH ", "TRACE "};
constexpr std::string_view kWhat =
    "This is the server of a federated computation (fedc). It speaks gRPC, which is HTTP/2 without "
    "TLS here: connect with a client of the program that it runs.\n";
constexpr std::chrono::milliseconds kFarewell{1000};  // for the other side to read why

enum class Kind { kUndecided, kHttp2, kHttp1, kOther };

bool begins(std::string_view whole, std::string_view start) {
  return whole.substr(0, start.size()) == start;
}

Kind kind_of(std::string_view bytes) {
  if (begins(bytes, kPreface)) return Kind::kHttp2;
  bool undecided = begins(kPreface, bytes);
  for (const std::string_view method : kMethods) {
    if (begins(bytes, method)) return Kind::kHttp1;
    undecided |= begins(method, bytes);
  }
  return undecided ? Kind::kUndecided : Kind::kOther;
}

std::string http1_reply() {
  return absl::StrCat(
      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n"
      "Content-Length: ",
      kWhat.size(), "\r\n\r\n", std::string(kWhat));
}

// As many descriptors as the system lets this process have. How many.
size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<size_t>(std::min<rlim_t>(limit.rlim_cur, size_t{1} << 30));
}

absl::Status failed(const std::string& address, const std::string& why) {
  return absl::UnavailableError(absl::StrCat("--listen: ", address, ": ", why));
}

// HOST:PORT, as its two parts.
absl::StatusOr<std::pair<std::string, std::string>> split_address(const std::string& address) {
  const size_t colon = address.rfind(':');
  std::string host = colon == std::string::npos ? "" : address.substr(0, colon);
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  if (port.empty() || port.find_first_not_of("0123456789") != std::string::npos ||
      port.size() > 5 || std::stoul(port) > 65535)
    return absl::InvalidArgumentError(
        absl::StrCat("--listen: expected HOST:PORT, found `", address, "`"));
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  return std::make_pair(host, port);
}

std::string name_of(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  char host[INET6_ADDRSTRLEN] = "";
  char port[8] = "";
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0 ||
      getnameinfo(reinterpret_cast<sockaddr*>(&bound), size, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "";
  return bound.ss_family == AF_INET6 ? absl::StrCat("[", host, "]:", port)
                                     : absl::StrCat(host, ":", port);
}

}  // namespace

Acceptor::Acceptor(AcceptorOptions options, Counts* counts, std::function<void(int)> take)
    : options_(options), counts_(counts), take_(std::move(take)) {
  max_silent_ = std::min(options_.max_silent, raise_descriptor_limit() / 2);
}

absl::StatusOr<std::unique_ptr<Acceptor>> Acceptor::listen(const std::string& address,
                                                           AcceptorOptions options, Counts* counts,
                                                           std::function<void(int)> take) {
  std::unique_ptr<Acceptor> acceptor(new Acceptor(options, counts, std::move(take)));
  if (absl::Status status = acceptor->open(address); !status.ok()) return status;
  return acceptor;
}

absl::Status Acceptor::check_address(const std::string& address) {
  return split_address(address).status();
}

absl::Status Acceptor::open(const std::string& address) {
  const absl::StatusOr<std::pair<std::string, std::string>> parts = split_address(address);
  if (!parts.ok()) return parts.status();
  const auto& [host, port] = *parts;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error =
          getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &hints, &found);
      error != 0)
    return failed(address, gai_strerror(error));
  int reason = 0;
  for (const addrinfo* a = found; a != nullptr && listener_ < 0; a = a->ai_next) {
    const int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int one = 1;
    if (fd >= 0) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (fd >= 0 && bind(fd, a->ai_addr, a->ai_addrlen) == 0 && ::listen(fd, SOMAXCONN) == 0) {
      listener_ = fd;
    } else {
      reason = errno;
      if (fd >= 0) close(fd);
    }
  }
  freeaddrinfo(found);
  if (listener_ < 0) return failed(address, std::strerror(reason));
  address_ = name_of(listener_);
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  reserve_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (epoll_ < 0 || wake_ < 0 || reserve_ < 0) return failed(address, std::strerror(errno));
  for (const int fd : {listener_, wake_}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0)
      return failed(address, std::strerror(errno));
  }
  thread_ = std::thread([this] { loop(); });
  return absl::OkStatus();
}

Acceptor::~Acceptor() {
  if (thread_.joinable()) {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
    thread_.join();
  }
  for (const Connection& connection : connections_) close(connection.fd);
  for (const int fd : {listener_, epoll_, wake_, reserve_})
    if (fd >= 0) close(fd);
}

void Acceptor::loop() {
  std::array<epoll_event, 256> events;
  while (true) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
    bool accepts = false;
    for (int i = 0; i < count; ++i) {
      const int fd = events[i].data.fd;
      if (fd == wake_) return;
      if (fd == listener_) {
        accepts = true;
      } else if (const auto found = by_fd_.find(fd); found != by_fd_.end()) {
        if (found->second->told)
          read_away(fd);
        else
          look(fd);
      }
    }
    // Afterwards: a descriptor that is closed above may come again here.
    if (accepts) accept_all();
    expire();
  }
}

void Acceptor::accept_all() {
  for (int burst = 0; burst < 1024; ++burst) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
      // Without this the listener would stay readable, and the loop would spin.
      if (!connections_.empty()) {
        make_room();
        continue;
      }
      close(reserve_);
      const int refused = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (refused >= 0) close(refused);
      reserve_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
      return;
    }
    if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (fd < 0) return;
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connections_.size() >= max_silent_) make_room();
    by_fd_[fd] =
        connections_.insert(connections_.end(), {fd, Clock::now() + options_.silence, false});
    // Edge-triggered: looking at bytes does not take them away.
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
    event.data.fd = fd;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) close_connection(fd);
  }
}

// Lets the first one go; but it may have spoken since it was looked at, and be handed on.
void Acceptor::make_room() {
  const int fd = connections_.front().fd;
  if (!connections_.front().told) look(fd);
  const auto found = by_fd_.find(fd);
  if (found == by_fd_.end()) return;
  if (!found->second->told) counts_->add(Incident::kSilent);
  close_connection(fd);
}

void Acceptor::look(int fd) {
  char bytes[kPreface.size()];
  const ssize_t count = recv(fd, bytes, sizeof bytes, MSG_PEEK);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    counts_->add(Incident::kSilent);
    return close_connection(fd);
  }
  switch (kind_of({bytes, static_cast<size_t>(count)})) {
    case Kind::kUndecided:
      return;
    case Kind::kHttp2: {
      const auto found = by_fd_.find(fd);
      connections_.erase(found->second);
      by_fd_.erase(found);
      epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
      return take_(fd);
    }
    case Kind::kHttp1:
      return refuse(fd, http1_reply(), Incident::kHttp1);
    case Kind::kOther:
      return refuse(fd, std::string(kWhat), Incident::kNotGrpc);
  }
}

// Closing with bytes unread would reset the connection, and the other side might lose the text.
void Acceptor::refuse(int fd, const std::string& text, Incident incident) {
  counts_->add(incident);
  [[maybe_unused]] const ssize_t sent = send(fd, text.data(), text.size(), MSG_NOSIGNAL);
  shutdown(fd, SHUT_WR);
  const auto entry = by_fd_.find(fd)->second;
  entry->told = true;
  entry->until = Clock::now() + kFarewell;
  connections_.splice(connections_.begin(), connections_, entry);
  read_away(fd);
}

void Acceptor::read_away(int fd) {
  char bytes[4096];
  for (int i = 0; i < 16; ++i) {
    const ssize_t count = recv(fd, bytes, sizeof bytes, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) break;
  }
  close_connection(fd);
}

void Acceptor::close_connection(int fd) {
  const auto found = by_fd_.find(fd);
  if (found == by_fd_.end()) return;
  connections_.erase(found->second);
  by_fd_.erase(found);
  close(fd);
}

// Those that were told are in front, in no order of time, but they are few.
void Acceptor::expire() {
  const auto now = Clock::now();
  for (auto it = connections_.begin(); it != connections_.end();) {
    const Connection& connection = *it++;
    if (now < connection.until) {
      if (connection.told) continue;
      break;
    }
    if (!connection.told) counts_->add(Incident::kSilent);
    close_connection(connection.fd);
  }
}

}  // namespace fedrt
