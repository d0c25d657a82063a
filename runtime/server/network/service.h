// The gRPC side of a federation: calls as reactors, so that one that waits holds no thread.
#ifndef RUNTIME_SERVER_NETWORK_SERVICE_H_
#define RUNTIME_SERVER_NETWORK_SERVICE_H_

#include "grpcpp/grpcpp.h"
#include "proto/federation.grpc.pb.h"
#include "runtime/server/network/federation.h"

namespace fedrt {

class Service : public wire::Federation::CallbackService {
 public:
  explicit Service(Federation* federation) : federation_(federation) {}

  grpc::ServerUnaryReactor* CheckIn(grpc::CallbackServerContext* context,
                                    const wire::CheckInRequest* request,
                                    wire::CheckInReply* reply) override;
  grpc::ServerUnaryReactor* Await(grpc::CallbackServerContext* context,
                                  const wire::AwaitRequest* request,
                                  wire::AwaitReply* reply) override;
  grpc::ServerWriteReactor<wire::Chunk>* Download(grpc::CallbackServerContext* context,
                                                  const wire::DownloadRequest* request) override;
  grpc::ServerReadReactor<wire::UploadPart>* Upload(grpc::CallbackServerContext* context,
                                                    wire::UploadReply* reply) override;
  grpc::ServerUnaryReactor* Abandon(grpc::CallbackServerContext* context,
                                    const wire::AbandonRequest* request,
                                    wire::AbandonReply* reply) override;

 private:
  Federation* federation_;
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_NETWORK_SERVICE_H_
