// The parts of the glue that a program's own types make.
#include <cmath>

#include "compiler/header/api.h"
#include "compiler/header/printing.h"
#include "runtime/data/tensor.h"

namespace fedc::header {
namespace {

namespace proto = fed::proto;

std::string number(uint64_t value) { return std::to_string(value); }

// The bytes of a tensor as a C expression over its sizes.
std::string bytes_of(const CValue& value, const std::string& from) {
  const proto::TensorType& type = value.leaf->type();
  uint64_t known = element_bytes(type);
  std::string text;
  size_t next = 0;
  for (const proto::Dimension& dim : type.dims()) {
    if (dim.unknown())
      text += " * (uint64_t)" + from + value.dims[next++];
    else
      known *= static_cast<uint64_t>(dim.size());
  }
  return number(known) + "u" + text;
}

// Statements that end a function where an argument cannot be used; nothing was changed till then.
std::string checks(const std::vector<CValue>& values) {
  std::string pointers, sizes;
  for (const CValue& value : values) {
    if (value.scalar()) continue;
    const proto::TensorType& type = value.leaf->type();
    size_t next = 0;
    for (const proto::Dimension& dim : type.dims()) {
      if (!dim.unknown()) continue;
      const std::string& name = value.dims[next++];
      sizes += "  if (" + name + " < 0 || " + name + " > " + std::to_string(dim.size()) +
               ")\n    return fed__fail(client, FED_BAD_SIZE, " +
               std::to_string(value.leaf->site()) + ", " + name + ", FED_BEYOND(" +
               std::to_string(dim.size()) + "));\n";
    }
    pointers +=
        "  if (" + value.name + " == 0 && " + bytes_of(value, "") + " != 0) return FED_BAD_CALL;\n";
  }
  return sizes + pointers;
}

// Statements that write values into the layout at `to`.
std::string puts(const std::vector<CValue>& values, const std::string& to) {
  std::string text;
  for (const CValue& value : values) {
    const proto::Leaf& leaf = *value.leaf;
    const std::string at = to + " + " + number(leaf.offset());
    if (value.scalar()) {
      if (leaf.type().element() == proto::BOOL)
        text += "  " + value.name + " = " + value.name + " != 0;\n";
      text += "  memcpy(" + at + ", &" + value.name + ", sizeof " + value.name + ");\n";
      continue;
    }
    for (size_t d = 0; d < value.dims.size(); ++d)
      text += "  memcpy(" + to + " + " + number(leaf.dims_offset() + 8 * d) + ", &" +
              value.dims[d] + ", 8);\n";
    text += "  fed__put(" + at + ", " + value.name + ", " + bytes_of(value, "") + ", " +
            number(leaf.bytes()) + ");\n";
  }
  return text;
}

// What a struct of views needs of the layout at `from`.
std::string views(const std::vector<CValue>& values, const std::string& from) {
  std::string text;
  for (const CValue& value : values) {
    const proto::Leaf& leaf = *value.leaf;
    const std::string at = from + " + " + number(leaf.offset());
    for (size_t d = 0; d < value.dims.size(); ++d)
      text += "  memcpy(&out->" + value.dims[d] + ", " + from + " + " +
              number(leaf.dims_offset() + 8 * d) + ", 8);\n";
    if (value.scalar())
      text += "  memcpy(&out->" + value.name + ", " + at + ", sizeof out->" + value.name + ");\n";
    else
      text += "  out->" + value.name + " = (const " + c_type(leaf.type()) + " *)(const void *)(" +
              at + ");\n";
  }
  return text;
}

// Statements that copy results out of the layout at client->result.
std::string gets(const std::vector<CValue>& values) {
  std::string text;
  for (const CValue& value : values) {
    const proto::Leaf& leaf = *value.leaf;
    std::string bytes = bytes_of(value, "");
    if (!value.dims.empty()) {
      // By the sizes that were made, which are read first.
      text += "  {\n    int64_t";
      for (size_t d = 0; d < value.dims.size(); ++d)
        text += std::string(d == 0 ? " " : ", ") + "fed__dim" + std::to_string(d);
      text += ";\n";
      for (size_t d = 0; d < value.dims.size(); ++d)
        text += "    memcpy(&fed__dim" + std::to_string(d) + ", client->result + " +
                number(leaf.dims_offset() + 8 * d) + ", 8);\n    if (" + value.dims[d] +
                " != 0) *" + value.dims[d] + " = fed__dim" + std::to_string(d) + ";\n";
      CValue made = value;
      for (size_t d = 0; d < value.dims.size(); ++d) made.dims[d] = "fed__dim" + std::to_string(d);
      bytes = bytes_of(made, "");
    }
    text += "  if (" + value.name + " != 0) memcpy(" + value.name + ", client->result + " +
            number(leaf.offset()) + ", " + bytes + ");\n";
    if (!value.dims.empty()) text += "  }\n";
  }
  return text;
}

std::string index_of(const CComputation& c) { return std::to_string(c.index); }

}  // namespace

std::string params_definitions(const Api& api) {
  const std::string head = "static fed_status fed__write_params(fed__client *client, const " +
                           api.prefix + "_params *params) {\n";
  if (api.params.empty())
    return "\n" + head + "  (void)client;\n  (void)params;\n  return FED_OK;\n}\n";
  std::string check, write, read;
  for (size_t i = 0; i < api.params.size(); ++i) {
    const proto::Param& param = api.manifest.params(static_cast<int>(i));
    const proto::ElementType element = param.type().element();
    const proto::Leaf& leaf = *api.params[i].leaf;
    const std::string value = "params->" + api.params[i].name;
    const std::string fail =
        " return fed__fail(client, FED_BAD_VALUE, " + std::to_string(param.site()) + ", 1, 0);\n";
    if (element == proto::FLOAT16 || element == proto::BFLOAT16) {
      const bool half = element == proto::FLOAT16;
      const auto key = [&](double limit) {
        const float narrow = static_cast<float>(limit);
        const int bits = half ? fedrt::float_to_float16(narrow) : fedrt::float_to_bfloat16(narrow);
        return std::to_string((bits & 0x8000) != 0 ? -(bits & 0x7fff) : bits);
      };
      const int largest = half ? 0x7bff : 0x7f7f;
      check += "  if (fed__order(" + value + ") < " +
               (param.has_minimum() ? key(param.minimum()) : std::to_string(-largest)) +
               " || fed__order(" + value + ") > " +
               (param.has_minimum() ? key(param.maximum()) : std::to_string(largest)) + ")" + fail;
    } else if (param.has_minimum()) {
      check += "  if (!(" + value + " >= " + c_number(param.minimum(), element) + " && " + value +
               " <= " + c_number(param.maximum(), element) + "))" + fail;
    } else if (element == proto::FLOAT32 || element == proto::FLOAT64) {
      check += "  if (!(" + value + " - " + value + " == 0))" + fail;
    } else if (element == proto::BOOL) {
      check += "  if (" + value + " > 1)" + fail;
    }
    write += "  memcpy(client->params + " + number(leaf.offset()) + ", &" + value + ", sizeof " +
             value + ");\n";
    read += "  memcpy(&out->" + api.params[i].name + ", from + " + number(leaf.offset()) +
            ", sizeof out->" + api.params[i].name + ");\n";
  }
  std::string order;
  if (check.find("fed__order") != std::string::npos)
    order =
        "\n/* 16-bit floats in their order, infinity and NaN beyond all others. */\n"
        "static int fed__order(uint16_t bits) {\n"
        "  return (bits & 0x8000) != 0 ? -(bits & 0x7fff) : bits;\n}\n";
  return order + "\n/* Checks parameters and puts their layout into client->params. */\n" + head +
         "  static const " + api.prefix + "_params defaults = " + api.macro +
         "_PARAMS_DEFAULT;\n  if (params == 0) params = &defaults;\n" + check +
         "  memset(client->params, 0, " + number(api.manifest.param_layout().bytes()) + ");\n" +
         write + "  return FED_OK;\n}\n\nfed_status " + api.prefix + "_params_read(" + api.prefix +
         "_params *out, const void *layout, size_t bytes) {\n"
         "  const unsigned char *from = (const unsigned char *)layout;\n"
         "  if (out == 0 || layout == 0 || bytes != " +
         api.macro + "_PARAMS_BYTES) return FED_BAD_CALL;\n" + read + "  return FED_OK;\n}\n";
}

std::string sequence_definitions(const Api& api) {
  std::string nexts, rewind, next, has;
  for (const CComputation& c : api.computations) {
    std::string complete;
    for (size_t s = 0; s < c.sequences.size(); ++s) {
      const CSequence& sequence = c.sequences[s];
      const std::string name = "fed__next_" + index_of(c) + "_" + std::to_string(s);
      const std::string at =
          "    case " + std::to_string(c.index) + " * 65536 + " + std::to_string(s) + ":\n";
      const std::string member = "client->app." + sequence.member;
      complete +=
          (complete.empty() ? "" : " && ") + member + "_next != 0 && " + member + "_rewind != 0";
      rewind += at + "      if (" + member + "_rewind != 0)\n        status = " + member +
                "_rewind(client->app.user, pass);\n      break;\n";
      next += at + "      status = " + name + "(client, pass, leaves);\n      break;\n";
      nexts += "\nstatic fed_status " + name +
               "(fed__client *client, uint32_t pass, fed_view *leaves) {\n  " + sequence.type +
               " *element = &client->fed__" + sequence.member +
               "[pass];\n  fed_status status;\n  if (" + member +
               "_next == 0) return FED_HOST_ERROR;\n  memset(element, 0, sizeof *element);\n"
               "  status = " +
               member +
               "_next(client->app.user, pass, element);\n"
               "  if (status != FED_OK) return status;\n";
      for (size_t i = 0; i < sequence.values.size(); ++i) {
        const CValue& value = sequence.values[i];
        const std::string leaf = "  leaves[" + std::to_string(i) + "].";
        if (value.scalar()) {
          if (value.leaf->type().element() == proto::BOOL)
            nexts += "  element->" + value.name + " = element->" + value.name + " != 0;\n";
          nexts += leaf + "data = &element->" + value.name + ";\n";
          continue;
        }
        nexts += "  if (element->" + value.name + " == 0 && " + bytes_of(value, "element->") +
                 " != 0) return FED_HOST_ERROR;\n" + leaf + "data = element->" + value.name + ";\n";
        size_t dim = 0;
        for (int d = 0; d < value.leaf->type().dims_size(); ++d) {
          const proto::Dimension& size = value.leaf->type().dims(d);
          nexts +=
              leaf + "dims[" + std::to_string(d) + "] = " +
              (size.unknown() ? "element->" + value.dims[dim++] : std::to_string(size.size())) +
              ";\n";
        }
      }
      nexts += "  (void)leaves;\n  return FED_OK;\n}\n";
    }
    if (!complete.empty()) has += "    case " + index_of(c) + ":\n      return " + complete + ";\n";
  }
  const std::string choose = R"(  fed__client *client = (fed__client *)user;
  const fed_computation *at =
      client->called != 0 ? client->called : fed_client_round(client->inner, 0);
  fed_status status = FED_HOST_ERROR;
  switch ((at - @n@_client_program.computations) * 65536 + (int64_t)sequence) {
@cases@    default:
      break;
  }
)";
  const auto chosen = [&](const std::string& cases) {
    return replaced(choose, {{"n", api.prefix}, {"cases", cases}});
  };
  return nexts + R"(
/* A pass begins, for the first time or again. */
static int32_t fed__rewind(void *user, uint32_t sequence, uint32_t pass) {
)" + chosen(rewind) +
         R"(  (void)pass;
  return status == FED_OK || status == FED_CANCELLED ? status : FED_HOST_ERROR;
}

static int32_t fed__next(void *user, uint32_t sequence, uint32_t pass, fed_view *leaves,
                         uint32_t count) {
)" + chosen(next) +
         R"(  (void)pass;
  (void)leaves;
  (void)count;
  return status == FED_OK || status == FED_END || status == FED_CANCELLED ? status
                                                                          : FED_HOST_ERROR;
}

/* Whether the app gave all callbacks that a computation needs. */
static int fed__has_sequences(const fed__client *client, uint32_t computation) {
  switch (computation) {
)" + has +
         R"(    default:
      break;
  }
  (void)client;
  return 1;
}
)";
}

std::string definitions(const Api& api, const CComputation& c) {
  const std::string computation =
      "&" + api.prefix + "_client_program.computations[" + index_of(c) + "]";
  std::string text;
  if (c.is_state()) {
    return "\n" + call_signature(api, c) + R"( {
  fed_status status;
  if (client == 0 || fed__running(client) || fed_client_round(client->inner, 0) != 0)
    return FED_BAD_CALL;
  status = fed__write_params(client, params);
  if (status != FED_OK) return status;
  status = (fed_status)fed_client_round_begin(
      client->inner, ()" +
           computation + ")->name, 0, client->params, " +
           number(api.manifest.param_layout().bytes()) + R"();
  if (status != FED_OK) return status;
  status = (fed_status)fed_client_run(client->inner, 0, 0);
  client->error = *fed_client_error(client->inner);
  fed_client_round_end(client->inner, status == FED_OK);
  return status;
}
)";
  }
  if (c.is_export()) {
    const std::string input = number(c.computation->client().input().bytes());
    const std::string result = number(c.computation->client().result().bytes());
    return "\n" + call_signature(api, c) +
           " {\n  fed_status fed__status;\n"
           "  if (client == 0 || fed__running(client) || !fed__has_sequences(client, " +
           index_of(c) + "))\n    return FED_BAD_CALL;\n" + checks(c.inputs) +
           puts(c.inputs, "client->input") + "  client->called = " + computation +
           ";\n  fed__status = (fed_status)fed_client_call(\n      client->inner, "
           "client->called->name, client->input, " +
           input + ", client->result, " + result +
           ", &client->error);\n  client->called = 0;\n"
           "  if (fed__status != FED_OK) return fed__status;\n" +
           gets(c.results) + "  return FED_OK;\n}\n";
  }
  if (!c.inputs.empty()) {
    text += "\n" + input_signature(api, c) +
            " {\n  unsigned char *fed__to;\n  uint64_t fed__phase;\n"
            "  if (client == 0 || fed_client_round(client->inner, &fed__phase) !=\n"
            "                         " +
            computation +
            " ||\n      fed__phase != 0)\n    return FED_BAD_CALL;\n"
            "  fed__to = (unsigned char *)fed_client_input(client->inner, 0);\n"
            "  if (fed__to == 0) return FED_BAD_CALL;\n" +
            checks(c.inputs) + puts(c.inputs, "fed__to") +
            "  client->has_input = 1;\n  return FED_OK;\n}\n";
  }
  if (!c.results.empty()) {
    text += "\n" + result_signature(api, c) +
            " {\n  const unsigned char *from;\n"
            "  if (client == 0 || out == 0 || fed_client_round(client->inner, 0) !=\n"
            "                                     " +
            computation +
            ")\n    return FED_BAD_CALL;\n"
            "  from = (const unsigned char *)fed_client_result(client->inner, 0);\n"
            "  if (from == 0) return FED_BAD_CALL;\n" +
            views(c.results, "from") + "  return FED_OK;\n}\n";
  }
  return text;
}

}  // namespace fedc::header
