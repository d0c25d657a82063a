#include "compiler/header/header.h"

#include "compiler/header/api.h"
#include "compiler/header/names.h"
#include "compiler/header/printing.h"
#include "runtime/data/value.h"

namespace fedc::header {
namespace {

namespace proto = fed::proto;

constexpr std::string_view kHead =
    R"(/* @name@_client.h: the clients of @name@.fed, for C99 and C++11.
 *
 * Written by fedc for @target@, with lib@name@_client.a.
 * The library needs memcpy, memmove and memset and nothing else: it allocates nothing, starts no
 * thread, and has no variable that is written. A client lies in one block of memory that you give.
 * Calls on one client must not overlap in time; different clients are independent.
@round@ *
 * Calls answer FED_OK or what is wrong, and @n@_last_error says where. After
 * FED_BAD_CALL (a wrong order, a chunk beyond the end, a null pointer that is needed, a call from
 * within a callback) everything is as it was before the call.
 */
#ifndef @N@_CLIENT_H_
#define @N@_CLIENT_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The same in the headers of all programs, and in fed_abi.h. */
#ifndef FED_STATUS_
#define FED_STATUS_
typedef enum fed_status {
  FED_OK = 0,
  FED_END = 1,        /* no error: there is no more */
  FED_CANCELLED = 2,  /* the host's `cancelled` answered non-zero */
  FED_BAD_SIZE = 3,   /* two dimensions that must agree do not, or a bound is exceeded */
  FED_BAD_HASH = 4,   /* the server runs another program */
  FED_BAD_VALUE = 5,  /* a parameter or an index out of range, an integer divided by zero */
  FED_HOST_ERROR = 6, /* a callback failed, or gave null for data that it has */
  FED_BAD_CALL = 7,   /* nothing was changed */
  FED_ASSERTION = 8   /* a condition that the program states did not hold */
} fed_status;
#endif

)";

constexpr std::string_view kRound = R"( *
 * A round with a server (phases count from 1, as in `fedc --report=privacy`):
 *
 *   client = @n@_open(memory, sizeof memory, &host);
 *   @n@_round_begin(client, computation, hash, params);
@give@ *   for each phase:
 *     @n@_down(client, phase, offset, chunk, bytes);  what the server sent, chunk by chunk
 *     @n@_run(client, phase);
 *     @n@_up(client, offset, &chunk, &bytes);         what it is sent, chunk by chunk
 *   @n@_round_end(client, accepted);
)";

constexpr std::string_view kKeys =
    R"(/* The keys that the server sent for this client and this round, before the first phase. */
fed_status @n@_keys(@n@_client *client, const void *keys, size_t bytes);

)";

class Printer {
 public:
  Printer(const proto::Manifest& manifest, const ClientFacts& facts) : api_(manifest, facts) {}

  std::string run() {
    bool rounds = false;
    for (const CComputation& c : api_.computations) rounds = rounds || c.is_round();
    keys_ = {{"name", api_.manifest.name()},
             {"n", api_.prefix},
             {"N", api_.macro},
             {"target", api_.facts.target},
             {"arena", number(api_.memory.total())}};
    keys_.emplace_back("keys", api_.takes_keys ? replaced(kKeys, keys_) : "");
    keys_.emplace_back(
        "give", api_.takes_keys
                    ? " *   " + api_.prefix + "_keys(client, keys, bytes);  where it takes keys\n"
                    : "");
    const std::string round = rounds ? replaced(kRound, keys_) : "";
    text_ = replaced(kHead, {{"round", round}});
    text_ = replaced(text_, keys_);
    constants();
    params();
    for (const CComputation& c : api_.computations) elements(c);
    host();
    lifecycle();
    if (rounds) this->rounds();
    for (const CComputation& c : api_.computations)
      if (c.is_round()) round_of(c);
    for (const CComputation& c : api_.computations)
      if (c.is_state()) call_of(c);
    exports();
    failures();
    text_ += replaced(R"(
/* For those who drive a client with fed_client.h or fed_session.h (libfed_client.a and
 * libfed_transport.a of the fedc that made this): the program, and the client within a client. */
struct fed_program;
struct fed_client;
extern const struct fed_program @n@_client_program;
struct fed_client *@n@_fed_client(@n@_client *client);

#ifdef __cplusplus
}
#endif
#endif /* @N@_CLIENT_H_ */
)",
                      keys_);
    return broken(text_);
  }

 private:
  static std::string number(uint64_t value) {
    return std::to_string(value) + (value >> 32 != 0 ? "ull" : "u");
  }
  void line(const std::string& text) { text_ += text + "\n"; }
  void add(std::string_view text) { text_ += replaced(text, keys_); }

  static std::string type_text(const proto::Type& type) {
    const bool placed = type.kind_case() == proto::Type::kFederated;
    return fedrt::to_string(placed ? type.federated().member() : type);
  }

  // "(x: float32, m: <w=float32[3]>) -> float32", without placements.
  static std::string signature(const proto::Computation& computation) {
    std::string text;
    const proto::StructType& argument = computation.argument().struct_();
    for (int i = 0; i < argument.fields_size(); ++i) {
      text += (text.empty() ? "" : ", ") + fedrt::field_name(argument, i) + ": " +
              type_text(argument.fields(i).type());
      if (i < computation.defaults_size() && !computation.defaults(i).empty())
        text += " = " + computation.defaults(i);
    }
    return "(" + text + ") -> " + type_text(computation.result());
  }

  void constants() {
    line("/* The memory of a client, which begins at a multiple of 64. */");
    line("#define " + api_.macro + "_CLIENT_BYTES " + number(api_.memory.total()));
    line("/* The stack that a call takes at most, your callbacks not counted. */");
    line("#define " + api_.macro + "_STACK_BYTES " +
         number(api_.facts.stack_bytes + kGlueStackBytes));
    line("/* What a client keeps between rounds, for state_load and state_save. */");
    line("#define " + api_.macro + "_STATE_BYTES " + number(api_.state_bytes));
    line("/* Of the program, equal on every target: SHA-256. */");
    line("extern const uint8_t " + api_.prefix + "_program_hash[32];\n");
  }

  void params() {
    if (api_.params.empty()) {
      line(comment("The program has no `param`: NULL stands for none."));
      text_.pop_back();
      line("typedef struct " + api_.prefix + "_params " + api_.prefix + "_params;\n");
      return;
    }
    line("/* The constants of a round, which the server chooses: `param` in the program. */");
    line("typedef struct " + api_.prefix + "_params {");
    std::string defaults;
    for (size_t i = 0; i < api_.params.size(); ++i) {
      const proto::Param& param = api_.manifest.params(static_cast<int>(i));
      const CValue& value = api_.params[i];
      std::string note = described(api_, *value.leaf);
      if (param.has_minimum())
        note += ": " + readable(param.minimum(), param) + " to " + readable(param.maximum(), param);
      line("  " + c_type(param.type()) + " " + value.name + "; /* " + note + bits(param.type()) +
           " */");
      defaults +=
          (defaults.empty() ? "" : ", ") + c_number(param.default_value(), param.type().element());
    }
    line("} " + api_.prefix + "_params;");
    line("#define " + api_.macro + "_PARAMS_DEFAULT {" + defaults + "}\n");
    line("/* From the layout in which a server sends them. */");
    line("#define " + api_.macro + "_PARAMS_BYTES " + number(api_.manifest.param_layout().bytes()));
    add("fed_status @n@_params_read(@n@_params *out, const void *layout, size_t bytes);\n\n");
  }

  static std::string readable(double value, const proto::Param& param) {
    const proto::ElementType element = param.type().element();
    const bool small = element == proto::FLOAT16 || element == proto::BFLOAT16;
    std::string text = c_number(value, small ? proto::FLOAT32 : element);
    if (text.back() == 'f' || text.back() == 'u') text.pop_back();
    if (text.compare(0, 3, "INT") == 0 && text.back() == ')') text = text.substr(8);
    if (text.compare(0, 4, "UINT") == 0 && text.back() == ')') text = text.substr(9);
    if (!text.empty() && text.back() == ')') text.pop_back();
    if (text.size() > 2 && text.compare(text.size() - 2, 2, ".0") == 0)
      text.resize(text.size() - 2);
    return text;
  }

  // What the C type does not say.
  static std::string bits(const proto::TensorType& type) {
    if (type.element() == proto::BOOL) return ", 0 or 1";
    if (type.element() == proto::FLOAT16) return ", its bits";
    if (type.element() == proto::BFLOAT16) return ", the upper half of a float's bits";
    return "";
  }

  // The fields of a struct that points at tensors.
  void fields(const std::vector<CValue>& values) {
    if (values.empty()) line("  char nothing;");
    for (const CValue& value : values) {
      const proto::TensorType& type = value.leaf->type();
      sizes(value, "  int64_t ", ";");
      const std::string note = " /* " +
                               (value.leaf->name().empty() || value.leaf->name() == value.name
                                    ? std::string()
                                    : value.leaf->name() + ": ") +
                               fedrt::to_string(type) + bits(type) + " */";
      line(value.scalar() ? "  " + c_type(type) + " " + value.name + ";" + note
                          : "  const " + c_type(type) + " *" + value.name + ";" + note);
    }
  }

  void sizes(const CValue& value, const std::string& before, const std::string& after) {
    size_t next = 0;
    for (const proto::Dimension& dim : value.leaf->type().dims())
      if (dim.unknown())
        line(before + value.dims[next++] + after + " /* 0 to " + std::to_string(dim.size()) +
             " */");
  }

  void elements(const CComputation& c) {
    for (const CSequence& sequence : c.sequences) {
      const std::string of = "An element of `" + sequence.sequence->name() + "`, a sequence that " +
                             c.computation->name() + " takes";
      if (!sequence.same_as.empty()) {
        text_ += comment(of + ".");
        line("typedef " + sequence.same_as + " " + sequence.type + ";\n");
        continue;
      }
      text_ += comment(of +
                       ". Tensors are row by row, and not copied: what you point at stays as it is "
                       "until the next call for the same pass.");
      line("typedef struct " + sequence.type + " {");
      fields(sequence.values);
      line("} " + sequence.type + ";\n");
    }
  }

  void host() {
    add(R"(/* What you do for a client; copied by open. A callback answers FED_OK, or what is wrong, which ends
 * the work with FED_HOST_ERROR (FED_CANCELLED stays that). None may call the client. */
typedef struct @n@_host {
  size_t size; /* sizeof(@n@_host) */
  void *user;  /* comes back in every callback */
  /* Asked at least every 10 ms of work: non-zero ends it with FED_CANCELLED. May be NULL. */
  int (*cancelled)(void *user);
)");
    if (api_.draws_keys)
      add(R"(  /* Fills `out` with bytes that nobody can predict, of the system's cryptographic source: what the
   * noise that protects this client is made of. NULL where you never run what takes it. */
  fed_status (*entropy)(void *user, void *out, size_t bytes);
)");
    bool first = true;
    for (const CComputation& c : api_.computations) {
      for (const CSequence& s : c.sequences) {
        if (first)
          line(
              "  /* Sequences: rewind goes before the first element; next fills one, or answers "
              "FED_END. Every\n   * pass of a round has equal elements. `pass` tells apart passes "
              "that are made side by side. NULL\n   * where you never run what takes it. */");
        first = false;
        text_ +=
            comment("`" + s.sequence->name() + "` of " + c.computation->name() +
                        (s.passes == 1 ? "; `pass` is 0"
                                       : "; `pass` is from 0 to " + std::to_string(s.passes - 1)),
                    2);
        line("  fed_status (*" + s.member + "_rewind)(void *user, uint32_t pass);");
        line("  fed_status (*" + s.member + "_next)(void *user, uint32_t pass, " + s.type +
             " *element);");
      }
    }
    add("} @n@_host;\n\n");
  }

  void lifecycle() {
    add(R"(typedef struct @n@_client @n@_client;

@open@@n@_client *@n@_open(void *memory, size_t bytes, const @n@_host *host);

)");
    text_ = replaced(
        text_,
        {{"open",
          comment(
              "A client in " + api_.macro +
              "_CLIENT_BYTES of memory; NULL if that is too small or misaligned, "
              "or the host's size is another." +
              (api_.state_bytes == 0 ? "" : " What it keeps between rounds is zeros at first."))}});
    if (api_.state_bytes == 0) return;
    add(R"(/* What the client keeps between rounds, to write away and to load before a round. `bytes` are
 * @N@_STATE_BYTES. In a round whose phases all have run, save gives what it keeps if the round is
 * accepted; else neither may be called while one is open. It never leaves the device. */
fed_status @n@_state_load(@n@_client *client, const void *state, size_t bytes);
fed_status @n@_state_save(const @n@_client *client, void *out, size_t bytes);

)");
  }

  void rounds() {
    add("typedef enum @n@_computation {\n");
    std::string list;
    for (const CComputation& c : api_.computations) {
      if (!c.is_round()) continue;
      list += (list.empty() ? "  " : ",\n  ") + c.enumerator;
    }
    add(list + "\n} @n@_computation;\n\n");
    add(R"(/* Begins a round. `hash` is that of the server's program (32 bytes; NULL: not checked), another one
 * is FED_BAD_HASH. `params` NULL: the defaults; out of range is FED_BAD_VALUE. */
fed_status @n@_round_begin(@n@_client *client, @n@_computation computation, const uint8_t *hash, const @n@_params *params);

@keys@/* A piece of the next phase's download: what the server sent, or leaf by leaf at the offsets below,
 * in increasing order. Offset 0 starts over. */
fed_status @n@_down(@n@_client *client, uint32_t phase, size_t offset, const void *chunk, size_t bytes);

/* Runs the next phase, whose download and input are there. After an error all that remains is
 * round_end. */
fed_status @n@_run(@n@_client *client, uint32_t phase);

/* What the phase that ran last sends, from `offset` on: *bytes is the most that you want (0: all),
 * then what there is; FED_END after the last byte. Valid until the next phase runs or the round
 * ends. */
fed_status @n@_up(const @n@_client *client, size_t offset, const void **chunk, size_t *bytes);

/* Ends the round. What the client keeps is replaced if all phases ran and `accepted` is not 0: say
 * so only if the server took everything. */
fed_status @n@_round_end(@n@_client *client, int accepted);

)");
  }

  // ", weighted by NAME" of an uploaded leaf that the server multiplies by a weight.
  static std::string weighted(const CComputation& c, size_t phase, size_t leaf) {
    for (const proto::Aggregation& aggregation : c.computation->aggregations()) {
      if (aggregation.level() != phase + 1) continue;
      for (const proto::Reduction& reduction : aggregation.reductions()) {
        if (!reduction.has_value() || reduction.value() != leaf || !reduction.has_weight())
          continue;
        const proto::Layout& message =
            c.computation->client().phases(static_cast<int>(phase)).message_out();
        return ", weighted by " + message.leaves(static_cast<int>(reduction.weight())).name();
      }
    }
    return "";
  }

  void places(const std::vector<CPlace>& places, const std::vector<std::string>& notes) {
    for (size_t i = 0; i < places.size(); ++i) {
      const CPlace& place = places[i];
      line(comment(place.leaf->name() + ": " + described(api_, *place.leaf) + notes[i] +
                   (has_unknown(place.leaf->type())
                        ? ". At DIMS_OFFSET an int64_t for each `?`, at OFFSET the data, with room "
                          "for the bounds"
                        : "")));
      text_.pop_back();
      if (has_unknown(place.leaf->type()))
        line("#define " + place.macro + "_DIMS_OFFSET " + number(place.leaf->dims_offset()));
      line("#define " + place.macro + "_OFFSET " + number(place.leaf->offset()));
      line("#define " + place.macro + "_BYTES " + number(place.leaf->bytes()));
    }
  }

  void round_of(const CComputation& c) {
    text_ += comment("---- " + c.computation->name());
    line("#define " + c.phases_macro + " " + number(c.phases.size()));
    for (size_t k = 0; k < c.phases.size(); ++k) {
      const proto::Phase& phase = c.computation->client().phases(static_cast<int>(k));
      line("#define " + c.phases[k].down + "_BYTES " + number(phase.message_in().bytes()));
      places(c.phases[k].down_places, std::vector<std::string>(c.phases[k].down_places.size()));
      line("#define " + c.phases[k].up + "_BYTES " + number(phase.message_out().bytes()));
      std::vector<std::string> notes;
      for (size_t i = 0; i < c.phases[k].up_places.size(); ++i) notes.push_back(weighted(c, k, i));
      places(c.phases[k].up_places, notes);
    }
    if (c.key_bytes != 0) line("#define " + c.enumerator + "_KEYS_BYTES " + number(c.key_bytes));
    line("");
    if (!c.inputs.empty()) {
      text_ += comment("What you give to " + c.computation->name() +
                       ", copied, after round_begin and before the first phase:");
      text_.resize(text_.size() - std::string(" */\n").size());
      values_note(c.inputs);
      line(input_signature(api_, c) + ";\n");
    }
    if (!c.results.empty()) {
      text_ += comment("What " + c.computation->name() +
                       " leaves on the device; pointers are valid until the round ends.");
      line("typedef struct " + c.result_type + " {");
      fields(c.results);
      line("} " + c.result_type + ";");
      line("/* After the last phase. */");
      line(result_signature(api_, c) + ";\n");
    }
  }

  // Continues a comment with a line for each value, and ends it.
  void values_note(const std::vector<CValue>& values) {
    for (const CValue& value : values) {
      const proto::TensorType& type = value.leaf->type();
      text_ += "\n *   " + value.name + ": " + described(api_, *value.leaf) + bits(type);
      size_t next = 0;
      for (const proto::Dimension& dim : type.dims())
        if (dim.unknown())
          text_ += "; " + value.dims[next++] + " from 0 to " + std::to_string(dim.size());
    }
    text_ += " */\n";
  }

  void call_of(const CComputation& c) {
    if (c.is_state()) {
      text_ += comment("What a new client keeps, as " + c.computation->name() +
                       " in the program makes it: call it once, before the first round of a device "
                       "that has nothing to load. Not while a round is open.");
      line(call_signature(api_, c) + ";\n");
      return;
    }
    text_ += comment("`export fn " + c.computation->name() + signature(*c.computation) + "`" +
                     (c.computation->defaults_size() == 0
                          ? ""
                          : ". Default values are those of calls in the program; here all "
                            "arguments are given"));
    if (!c.inputs.empty() || !c.results.empty()) {
      text_.resize(text_.size() - std::string(" */\n").size());
      std::vector<CValue> all = c.inputs;
      all.insert(all.end(), c.results.begin(), c.results.end());
      values_note(all);
    }
    line(call_signature(api_, c) + ";\n");
  }

  void exports() {
    bool first = true;
    for (const CComputation& c : api_.computations) {
      if (!c.is_export()) continue;
      if (first)
        add(R"(/* ---- Functions for the app: computed here, nothing leaves the device. Also while a round is open,
 * which stays as it is, but not from within a callback. A `param` in them has the value of the
 * round that began last, at first its default. NULL where you do not want a result. */

)");
      first = false;
      call_of(c);
    }
  }

  void failures() {
    add(R"(/* What went wrong, as in "@name@.fed:12:7: sizes do not agree". */
typedef struct @n@_error {
  fed_status status;
  const char *file; /* "" and line 0 where the place is not known */
  uint32_t line, column;
  const char *text;
  int64_t detail[2]; /* two sizes; a size and its bound; an index and how many there are; or 0 */
} @n@_error;

/* The error of the last round_begin, input, run or call of an exported function that was no
 * FED_BAD_CALL. `out` may be NULL. */
fed_status @n@_last_error(const @n@_client *client, @n@_error *out);
)");
  }

  Api api_;
  std::vector<std::pair<std::string, std::string>> keys_;
  std::string text_;
};

}  // namespace

std::string client_header(const proto::Manifest& manifest, const ClientFacts& facts) {
  return Printer(manifest, facts).run();
}

std::vector<std::string> client_symbols(const proto::Manifest& manifest, const ClientFacts& facts) {
  const Api api(manifest, facts);
  std::vector<std::string> symbols;
  const auto add = [&](const char* name) { symbols.push_back(api.prefix + "_" + name); };
  for (const char* name : {"client_program", "program_hash", "open", "last_error", "fed_client"})
    add(name);
  bool rounds = false;
  for (const CComputation& c : api.computations) {
    rounds = rounds || c.is_round();
    for (const std::string& name : {c.function, c.input_function, c.result_function})
      if (!name.empty()) symbols.push_back(name);
  }
  if (rounds)
    for (const char* name : {"round_begin", "down", "run", "up", "round_end"}) add(name);
  if (api.takes_keys) add("keys");
  if (api.state_bytes != 0)
    for (const char* name : {"state_load", "state_save"}) add(name);
  if (!api.params.empty()) add("params_read");
  return symbols;
}

}  // namespace fedc::header
