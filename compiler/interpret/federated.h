// A round over all participants: the server, and each client.
#ifndef FEDC_COMPILER_INTERPRET_FEDERATED_H_
#define FEDC_COMPILER_INTERPRET_FEDERATED_H_

#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "compiler/interpret/eval.h"
#include "compiler/interpret/interpret.h"
#include "compiler/interpret/levels.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fedc::interpret {

class Round;

// The server (no `client`), one client, or (client == options.clients) the client that holds only
// what is equal on all of them.
class Participant : public Evaluator {
 public:
  Participant(Round& round, std::optional<size_t> client);
  // Of a value in the entry's block.
  const Value* at_entry(mlir::Value value) { return get(value, entry_); }
  // Runs the assertions of `map`'s region that belong to this moment.
  bool check_assertions(fed::MapOp map, int moment);
  // The assertions that `op`, which stands in the entry outside of all maps, is or contains.
  bool check_at_entry(mlir::Operation& op) { return check(op, entry_); }
  // Checks that what this client gives to a secure sum or select is in its range, if that is done
  // at this moment.
  bool check_limit(mlir::Operation* op, int moment);
  std::optional<size_t> client() const { return client_; }

 protected:
  std::optional<Value> outside(mlir::Value value, const ScopePtr& scope) override;
  void show(local::DebugOp op, const Tensor& value) override;

 private:
  const ScopePtr& scope_of(fed::MapOp map);
  // Leaf `number` of what `select` gives this client.
  std::optional<Value> slices(fed::SelectOp select, unsigned number);

  Round& round_;
  const std::optional<size_t> client_;
  ScopePtr entry_;
  llvm::DenseMap<mlir::Operation*, ScopePtr> maps_;
};

class Round {
 public:
  Round(mlir::func::FuncOp entry, const std::vector<Leaf>& arguments, const Options& options,
        const Params& params);
  Outcome run();

  // Result `number` of `aggregate` over the clients whose message of its phase is accepted.
  std::optional<Value> aggregate(mlir::Operation* aggregate, unsigned number);
  // Of the values and weights of the clients that count.
  std::optional<Value> mean_of(fed::MeanOp op, const std::vector<Tensor>& values,
                               const std::vector<Tensor>& weights);

  mlir::func::FuncOp entry() const { return entry_; }
  const Leaf& argument(unsigned index) const { return arguments_[index]; }
  const Params& params() const { return params_; }
  const Options& options() const { return options_; }
  Participant& server() { return *server_; }
  Participant& client(size_t index) { return *clients_[index]; }
  Levels& levels() { return levels_; }

 private:
  // One client's part in an aggregate: nothing where its weight is 0, or what is wrong with it.
  struct Part {
    int32_t reason = FED_ACCEPT;
    std::optional<Tensor> value;
    std::optional<Tensor> weight;  // as int64 or float64
  };
  std::optional<Part> part(mlir::Operation* aggregate, size_t client);
  std::optional<std::vector<Value>> fold(fed::AggregateOp aggregate);
  const std::set<size_t>& accepted(int phase);  // phase 0: all clients
  void find_live();
  void server_step(int moment);
  void stop(const Participant& participant);  // after a failure of it

  mlir::func::FuncOp entry_;
  const std::vector<Leaf>& arguments_;
  const Options& options_;
  const Params& params_;
  Levels levels_;
  std::unique_ptr<Participant> server_;
  std::vector<std::unique_ptr<Participant>> clients_;  // and the one that is equal to all
  std::vector<mlir::Operation*> aggregates_;           // that a result depends on
  // Maps with assertions, and what checks the range of the clients' numbers.
  std::vector<mlir::Operation*> asserting_;
  std::map<int, std::set<size_t>> accepted_;
  std::map<mlir::Operation*, std::optional<std::vector<Value>>> folded_;
  int phases_ = 0;
  Outcome outcome_;
};

}  // namespace fedc::interpret

#endif  // FEDC_COMPILER_INTERPRET_FEDERATED_H_
