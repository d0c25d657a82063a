// The C between an app and the client runtime: what is the same for all programs, with the
// program's functions of functions.cpp.
#include <cstdio>
#include <map>

#include "compiler/header/api.h"
#include "compiler/header/header.h"
#include "compiler/header/printing.h"
#include "runtime/data/value.h"

namespace fedc::header {
namespace {

namespace proto = fed::proto;

// The client runtime is a part of it, so that nothing of that is visible in a library. Names of
// both begin with fed__, so that an argument of the program's cannot hide them.
constexpr std::string_view kStruct = R"(
#define FED_API static
#include "fed_client.c"

typedef @n@_client fed__client;

typedef struct {
  uint32_t line, column, file, text;
} fed__site;

struct @n@_client {
  struct fed_client *inner;
  fed_host host;                 /* what the compiled code calls */
  @n@_host app;
  const fed_computation *called; /* the app's function that runs, or null */
  uint64_t received;             /* of the next phase's download */
  int has_input;
  fed_error error;
  unsigned char *params, *input, *result; /* of calls */
@elements@};

/* The compiler has laid out the memory by these. */
typedef char fed__memory_fits[sizeof(struct @n@_client) <= @head@ ? 1 : -1];
typedef char fed__client_fits[FED_CLIENT_HEAD_BYTES == 256 ? 1 : -1];

const uint8_t @n@_program_hash[32] = {@hash@};

static const char fed__texts[] =
@texts@;
static const fed__site fed__sites[] = {
@sites@};

static fed_status fed__fail(fed__client *client, fed_status status, uint32_t site, int64_t have,
                            int64_t want) {
  memset(&client->error, 0, sizeof client->error);
  client->error.status = status;
  client->error.site = site;
  client->error.detail[0] = have;
  client->error.detail[1] = want;
  return status;
}

/* Whether a phase is running: then a callback is calling. */
static int fed__running(fed__client *client) { return fed_client_params(client->inner, 0) == 0; }

/* Puts data into a layout; the room that it does not fill is zero. */
static void fed__put(unsigned char *to, const void *from, uint64_t bytes, uint64_t room) {
  if (bytes != 0) memcpy(to, from, bytes);
  memset(to + bytes, 0, room - bytes);
}
)";

constexpr std::string_view kOpen = R"(
static int32_t fed__cancelled(void *user) {
  fed__client *client = (fed__client *)user;
  return client->app.cancelled(client->app.user) != 0;
}

@entropy@@n@_client *@n@_open(void *memory, size_t bytes, const @n@_host *host) {
  fed__client *client = (fed__client *)memory;
  unsigned char *at = (unsigned char *)memory;
  if (memory == 0 || (uintptr_t)memory % FED_ALIGNMENT != 0 || bytes < @N@_CLIENT_BYTES ||
      host == 0 || host->size != sizeof *host)
    return 0;
  memset(client, 0, sizeof *client);
  client->app = *host;
  client->host.size = sizeof client->host;
  client->host.version = FED_ABI_VERSION;
  client->host.user = client;
  client->host.sequence_open = fed__rewind;
  client->host.sequence_next = fed__next;
  client->host.sequence_rewind = fed__rewind;
  if (host->cancelled != 0) client->host.cancelled = fed__cancelled;
@has_entropy@  client->params = at += @head@;
  client->input = at += @call_params@;
  client->result = at += @call_input@;
  at += @call_result@;
  client->inner = fed_client_open(&@n@_client_program, at, @client@, &client->host);
  if (client->inner == 0) return 0;
  fed__write_params(client, 0);
  memcpy(fed_client_params(client->inner, 0), client->params, @params_bytes@);
  return client;
}

struct fed_client *@n@_fed_client(@n@_client *client) { return client != 0 ? client->inner : 0; }

fed_status @n@_last_error(const @n@_client *client, @n@_error *out) {
  static const char words[] =
      "no error\0\0cancelled\0sizes do not agree\0a message of another program\0"
      "an integer was divided by zero\0the host could not give the data\0"
      "the library was called in the wrong way\0a condition does not hold\0"
      "the parameter is out of its range\0an index is out of range\0"
      "a size is not within its bound";
  enum { kParameter = FED_ASSERTION + 1, kIndex, kBound };
  const fed__site *site;
  const char *text = words;
  int32_t i, word;
  int beyond;
  if (client == 0) return FED_BAD_CALL;
  if (out == 0) return (fed_status)client->error.status;
  site = &fed__sites[client->error.site < sizeof fed__sites / sizeof *fed__sites ? client->error.site
                                                                                  : 0];
  word = client->error.status;
  beyond = client->error.detail[1] < 0; /* FED_BEYOND of a limit */
  if (word == FED_BAD_SIZE && beyond) word = kBound;
  if (word == FED_BAD_VALUE && (beyond || client->error.detail[0] != 0))
    word = beyond ? kIndex : kParameter;
  for (i = 0; i < word; ++i) {
    while (*text != 0) ++text;
    ++text;
  }
  /* What the program itself says. */
  if (word == FED_ASSERTION && fed__texts[site->text] != 0) text = fed__texts + site->text;
  out->status = (fed_status)client->error.status;
  out->file = fed__texts + site->file;
  out->line = site->line;
  out->column = site->column;
  out->text = text;
  out->detail[0] = word == FED_BAD_SIZE || beyond ? client->error.detail[0] : 0;
  out->detail[1] = beyond                 ? FED_BEYOND(client->error.detail[1])
                   : word == FED_BAD_SIZE ? client->error.detail[1]
                                          : 0;
  return out->status;
}
)";

constexpr std::string_view kState = R"(
fed_status @n@_state_load(@n@_client *client, const void *state, size_t bytes) {
  if (client == 0) return FED_BAD_CALL;
  return (fed_status)fed_client_state_load(client->inner, state, bytes);
}

fed_status @n@_state_save(const @n@_client *client, void *out, size_t bytes) {
  if (client == 0) return FED_BAD_CALL;
  return (fed_status)fed_client_state_save(client->inner, out, bytes);
}
)";

constexpr std::string_view kRounds = R"(
fed_status @n@_round_begin(@n@_client *client, @n@_computation computation, const uint8_t *hash,
                           const @n@_params *params) {
  static const uint32_t indices[] = {@rounds@};
  fed_status status;
  uint32_t index;
  if (client == 0 || fed__running(client) || fed_client_round(client->inner, 0) != 0 ||
      (uint32_t)computation >= sizeof indices / sizeof *indices)
    return FED_BAD_CALL;
  index = indices[computation];
  if (!fed__has_sequences(client, index)) return FED_BAD_CALL;
  status = fed__write_params(client, params);
  if (status != FED_OK) return status;
  status = (fed_status)fed_client_round_begin(client->inner,
                                              @n@_client_program.computations[index].name, hash,
                                              client->params, @params_bytes@);
  if (status == FED_BAD_CALL) return status;
  client->received = 0;
  client->has_input = 0;
  return fed__fail(client, status, 0, 0, 0);
}

fed_status @n@_down(@n@_client *client, uint32_t phase, size_t offset, const void *chunk,
                    size_t bytes) {
  uint64_t next, total;
  unsigned char *to;
  if (client == 0 || fed_client_round(client->inner, &next) == 0 || phase != next + 1)
    return FED_BAD_CALL;
  to = (unsigned char *)fed_client_download(client->inner, next, &total);
  /* What lies between two leaves, and nothing more, may be left out. */
  if (to == 0 || offset > total || bytes > total - offset || (chunk == 0 && bytes != 0) ||
      offset / FED_ALIGNMENT > (client->received + FED_ALIGNMENT - 1) / FED_ALIGNMENT ||
      (offset > client->received && offset % FED_ALIGNMENT != 0))
    return FED_BAD_CALL;
  if (offset == 0) client->received = 0;
  if (offset > client->received) memset(to + client->received, 0, offset - client->received);
  if (bytes != 0) memcpy(to + offset, chunk, bytes);
  if (offset + bytes > client->received) client->received = offset + bytes;
  return FED_OK;
}

/* Keys are not the app's to give. */
static int fed__takes_input(const fed_computation *computation) {
  uint64_t i;
  for (i = 0; i < computation->input.leaf_count; ++i)
    if (computation->input.leaves[i].origin <= FED_FROM_HOST) return 1;
  return 0;
}

fed_status @n@_run(@n@_client *client, uint32_t phase) {
  const fed_computation *computation;
  uint64_t next, total;
  unsigned char *to;
  fed_status status;
  if (client == 0) return FED_BAD_CALL;
  computation = fed_client_round(client->inner, &next);
  if (computation == 0 || phase != next + 1) return FED_BAD_CALL;
  to = (unsigned char *)fed_client_download(client->inner, next, &total);
  if (to == 0 || total - client->received >= FED_ALIGNMENT ||
      (fed__takes_input(computation) && !client->has_input))
    return FED_BAD_CALL;
  memset(to + client->received, 0, total - client->received);
  status = (fed_status)fed_client_run(client->inner, next, 0);
  if (status == FED_BAD_CALL) return status;
  client->error = *fed_client_error(client->inner);
  client->received = 0;
  return status;
}

fed_status @n@_up(const @n@_client *client, size_t offset, const void **chunk, size_t *bytes) {
  uint64_t total;
  const unsigned char *from;
  if (client == 0 || chunk == 0 || bytes == 0) return FED_BAD_CALL;
  from = (const unsigned char *)fed_client_upload(client->inner, &total);
  if (from == 0 || offset > total) return FED_BAD_CALL;
  if (*bytes == 0 || *bytes > total - offset) *bytes = total - offset;
  *chunk = from + offset;
  return offset == total ? FED_END : FED_OK;
}

fed_status @n@_round_end(@n@_client *client, int accepted) {
  if (client == 0) return FED_BAD_CALL;
  return (fed_status)fed_client_round_end(client->inner, accepted);
}
)";

constexpr std::string_view kEntropy =
    R"(static int32_t fed__entropy(void *user, void *out, uint64_t bytes) {
  fed__client *client = (fed__client *)user;
  const fed_status status = client->app.entropy(client->app.user, out, bytes);
  return status == FED_OK || status == FED_CANCELLED ? status : FED_HOST_ERROR;
}

)";

constexpr std::string_view kKeys = R"(
fed_status @n@_keys(@n@_client *client, const void *keys, size_t bytes) {
  if (client == 0) return FED_BAD_CALL;
  return (fed_status)fed_client_keys(client->inner, keys, bytes);
}
)";

std::string hash_bytes(const std::string& hash) {
  std::string text;
  for (size_t i = 0; i < 32; ++i) {
    char byte[8];
    snprintf(byte, sizeof byte, "%s0x%02x", i == 0 ? "" : ", ",
             i < hash.size() ? static_cast<unsigned char>(hash[i]) : 0u);
    text += byte;
  }
  return text;
}

// The sites, and their texts in one constant, each once.
class Sites {
 public:
  explicit Sites(const proto::Manifest& manifest) {
    text("");
    for (const proto::Site& site : manifest.sites()) {
      const std::string file = site.line() == 0 ? "" : fedrt::file_name(site);
      entries_ += "    {" + std::to_string(site.line()) + ", " + std::to_string(site.column()) +
                  ", " + std::to_string(text(file)) + ", " + std::to_string(text(site.text())) +
                  "},\n";
    }
    if (entries_.empty()) entries_ = "    {0, 0, 0, 0},\n";
  }
  const std::string& entries() const { return entries_; }
  const std::string& texts() const { return texts_; }

 private:
  size_t text(const std::string& value) {
    const auto [at, is_new] = known_.emplace(value, size_);
    if (!is_new) return at->second;
    texts_ += (texts_.empty() ? "    \"" : "\n    \"");
    for (const char c : value) {
      char escaped[8];
      const bool plain = c >= ' ' && c < 127 && c != '"' && c != '\\' && c != '?';
      snprintf(escaped, sizeof escaped, plain ? "%c" : "\\%03o", static_cast<unsigned char>(c));
      texts_ += escaped;
    }
    texts_ += "\\0\"";
    size_ += value.size() + 1;
    return at->second;
  }

  std::map<std::string, size_t> known_;
  size_t size_ = 0;
  std::string entries_, texts_;
};

}  // namespace

std::string client_glue(const proto::Manifest& manifest, const ClientFacts& facts) {
  const Api api(manifest, facts);
  const Sites sites(manifest);
  std::string elements, rounds;
  for (const CComputation& c : api.computations) {
    for (const CSequence& sequence : c.sequences)
      elements += "  " + sequence.type + " fed__" + sequence.member + "[" +
                  std::to_string(sequence.passes) + "];\n";
    if (c.is_round()) rounds += (rounds.empty() ? "" : ", ") + std::to_string(c.index);
  }
  const std::vector<std::pair<std::string, std::string>> keys = {
      {"n", api.prefix},
      {"N", api.macro},
      {"elements", elements},
      {"entropy", api.draws_keys ? std::string(kEntropy) : ""},
      {"has_entropy",
       api.draws_keys ? "  if (host->entropy != 0) client->host.entropy = fed__entropy;\n" : ""},
      {"rounds", rounds},
      {"hash", hash_bytes(manifest.hash())},
      {"texts", sites.texts()},
      {"sites", sites.entries()},
      {"head", std::to_string(api.memory.head)},
      {"call_params", std::to_string(api.memory.params)},
      {"call_input", std::to_string(api.memory.input)},
      {"call_result", std::to_string(api.memory.result)},
      {"client", std::to_string(api.memory.client)},
      {"params_bytes", std::to_string(manifest.param_layout().bytes())}};
  std::string text = client_header(manifest, facts) + replaced(kStruct, keys);
  text += params_definitions(api) + sequence_definitions(api) + replaced(kOpen, keys);
  if (api.state_bytes != 0) text += replaced(kState, keys);
  if (!rounds.empty()) text += replaced(kRounds, keys);
  if (api.takes_keys) text += replaced(kKeys, keys);
  for (const CComputation& c : api.computations) text += definitions(api, c);
  return text;
}

}  // namespace fedc::header
