// A connection that says what a test wants.
#ifndef TESTS_NETWORK_RAW_CONNECTION_H_
#define TESTS_NETWORK_RAW_CONNECTION_H_

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace fedrt {

class RawConnection {
 public:
  explicit RawConnection(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    const timeval limit{60, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    open_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  RawConnection(RawConnection&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), open_(other.open_) {}
  ~RawConnection() {
    if (fd_ >= 0) close(fd_);
  }
  bool open() const { return open_; }
  void say(const std::string& bytes) {
    EXPECT_EQ(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // All that it is told until the other side closes; false: that does not happen in a minute.
  bool hear(std::string* text) {
    char buffer[4096];
    ssize_t got;
    while ((got = recv(fd_, buffer, sizeof buffer, 0)) > 0)
      text->append(buffer, static_cast<size_t>(got));
    return got == 0 || errno == ECONNRESET;
  }

 private:
  int fd_;
  bool open_;
};

}  // namespace fedrt

#endif  // TESTS_NETWORK_RAW_CONNECTION_H_
