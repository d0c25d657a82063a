"""Prints hand.c's manifest in protobuf's text form: shorter to read than the text itself."""


def tensor(element, *dims):
    return "tensor { element: %s %s }" % (element, " ".join("dims { size: %d }" % d for d in dims))


def struct(**fields):
    return "struct { %s }" % " ".join(
        'fields { name: "%s" type { %s } }' % (n, t) for n, t in fields.items())


def server(t):
    return "federated { member { %s } placement: SERVER all_equal: true }" % t


def clients(t):
    return "federated { member { %s } placement: CLIENTS }" % t


def computation(name, role, argument, result, levels=0, process="", extra="", steps=None):
    leaf = 'leaves { type { element: %s } }'
    # From the second phase on a client downloads one scalar.
    uploads = " ".join("phases { %s message_out { bytes: 128 %s %s } }" % (
        "message_in { bytes: 64 %s }" % (leaf % "FLOAT32") if k > 0 else "",
        leaf % "INT64", leaf % "FLOAT32") for k in range(levels))
    reductions = ("reductions { kind: SUM value: 0 result: 0 } "
                  "reductions { kind: SUM value: 1 weight: 0 result: 1 }")
    aggregations = " ".join(
        "aggregations { level: %d %s }" % (k + 1, reductions) for k in range(levels))
    # What each of the server's steps reads of its input.
    steps = ["phases { }"] * (levels + 1) if steps is None else steps
    return 'computations { name: "%s" process: "%s" role: %s argument { %s } result { %s } client { %s } server { %s } %s %s }' % (
        name, process, role, argument, result, uploads, " ".join(steps), aggregations, extra)


F32, I64 = tensor("FLOAT32"), tensor("INT64")
print('version: 1 name: "hand"')
print('params { name: "scale" type { element: FLOAT32 } default_value: 1 minimum: 0.5 maximum: 2 }')
print('sites { }')
for line, column, text in [(5, 3, "federated_mean of no clients"), (5, 40, "x * scale"),
                           (9, 13, "federated_mean of no clients"), (10, 24, "")]:
    print('sites { file: "tests/simulator/hand.fed" line: %d column: %d text: "%s" }' %
          (line, column, text))
print(computation("average", "ONE_SHOT", struct(readings=clients(F32)), server(F32), 1))
print(computation(
    "spread", "ONE_SHOT", struct(readings=clients("sequence { %s }" % F32)),
    struct(mean=server(F32), variance=server(F32), own=clients(F32)), 2))
print(computation("tally.initialize", "INITIALIZE", "struct { }", server(F32), 0, "tally"))
print(computation("tally.client_state", "CLIENT_STATE", "struct { }", I64, 0, "tally", steps=[]))
print(computation(
    "tally.next", "NEXT", struct(state=server(F32), data=clients(F32), count=clients(I64)),
    struct(state=server(F32), client_state=clients(I64), metrics=struct(clients=server(I64))), 1,
    "tally", "state_argument: 2 state_result: 1", ["phases { inputs: 0 }", "phases { }"]))
