#!/bin/bash
# `debug` and --check-nan: what they show, and that they change nothing else.
# usage: debug_test.sh FED_RUN FEDC
source tools/fed-run/testing.sh
fedc=$(realpath "$2")
own_folder

# ---- In gradients, folds, stages of sequences and structs, at clients and at the server.
cat >fit.fed <<'EOF'
type Model = <w=float32[2], b=float32>;

fn loss(m: Model, x: float32[2]) -> float32 {
  let d = debug(dot(m.w, x) + m.b, "d") - 1.0;
  debug(d * d)
}

fn train(m: Model, data: float32[2]*) -> Model {
  let shown = sequence_map(fn(x) { debug(x, "x") }, data);
  let end = sequence_reduce(shown, m, fn(now, x) { now - 0.5 * grad(loss)(now, x) });
  fold(2, debug(end), fn(i, s) { if i > 0 { debug((s=s, i=i), "step").s } else { s } })
}

process fit {
  initialize() -> Model@SERVER { federated_value(debug(zeros<Model>(), "first"), SERVER) }
  client_state() -> int32 { 7 }
  next(m: Model@SERVER, data: {float32[2]*}@CLIENTS, seen: {int32}@CLIENTS)
      -> <state=Model@SERVER, client_state={int32}@CLIENTS> {
    let trained = federated_map(train, (federated_broadcast(m), data));
    (state=debug(federated_mean(trained)), client_state=seen)
  }
  evaluate(m: Model@SERVER, held: {bool}@CLIENTS) -> <any=float32@SERVER> {
    let said = federated_map(fn(h) { let _ = debug(h); 1.0 }, held);
    (any=federated_sum(said),)
  }
}
EOF
sed -E 's/debug\(dot\(m.w, x\) \+ m.b, "d"\)/(dot(m.w, x) + m.b)/; s/debug\(d \* d\)/d * d/; s/debug\(x, "x"\)/x/
  s/debug\(end\)/end/; s/debug\(\(s=s, i=i\), "step"\)/(s=s, i=i)/; s/debug\((zeros<Model>\(\)), "first"\)/\1/
  s/debug\((federated_mean\(trained\))\)/\1/; s/let _ = debug\(h\); //' fit.fed >fit2.fed
grep -q debug fit2.fed && fail "the program without debug has some"
mkdir -p plain && mv fit2.fed plain/fit.fed

spec=(--data='{"data":[[[1,2],[0,1]],[],[[1,1]]]}' --eval-data='{"held":[true]}')
"$run" fit.fed "${spec[@]}" --rounds=2 --threads=1 --state-out=shown.npz --checkpoint=shown.ckpt >one 2>&1 ||
  fail "fit.fed"
# Each thing once and in order: a pass of a fold that a gradient makes again shows nothing again.
diff one - <<'EOF' || fail "what fit.fed shows"
warning: --data: 1 of 3 clients has no data (client 1)
fit.fed:15:50: debug: initialize, server: first.w = [0,0]
fit.fed:15:50: debug: initialize, server: first.b = 0
fit.fed:9:36: debug: round 1, client 0: x = [1,2]
fit.fed:4:11: debug: round 1, client 0: d = 0
fit.fed:5:3: debug: round 1, client 0: d * d = 1
fit.fed:9:36: debug: round 1, client 0: x = [0,1]
fit.fed:4:11: debug: round 1, client 0: d = 3
fit.fed:5:3: debug: round 1, client 0: d * d = 4
fit.fed:11:11: debug: round 1, client 0: end.w = [1,0]
fit.fed:11:11: debug: round 1, client 0: end.b = -1
fit.fed:11:45: debug: round 1, client 0: step.s.w = [1,0]
fit.fed:11:45: debug: round 1, client 0: step.s.b = -1
fit.fed:11:45: debug: round 1, client 0: step.i = 1
fit.fed:11:11: debug: round 1, client 1: end.w = [0,0]
fit.fed:11:11: debug: round 1, client 1: end.b = 0
fit.fed:11:45: debug: round 1, client 1: step.s.w = [0,0]
fit.fed:11:45: debug: round 1, client 1: step.s.b = 0
fit.fed:11:45: debug: round 1, client 1: step.i = 1
fit.fed:9:36: debug: round 1, client 2: x = [1,1]
fit.fed:4:11: debug: round 1, client 2: d = 0
fit.fed:5:3: debug: round 1, client 2: d * d = 1
fit.fed:11:11: debug: round 1, client 2: end.w = [1,1]
fit.fed:11:11: debug: round 1, client 2: end.b = 1
fit.fed:11:45: debug: round 1, client 2: step.s.w = [1,1]
fit.fed:11:45: debug: round 1, client 2: step.s.b = 1
fit.fed:11:45: debug: round 1, client 2: step.i = 1
fit.fed:20:12: debug: round 1, server: federated_mean(trained).w = [0.6666667,0.33333334]
fit.fed:20:12: debug: round 1, server: federated_mean(trained).b = 0
fit.fed:23:46: debug: evaluation after round 1, client 0: h = true
round 1/2: eval.any=1
fit.fed:9:36: debug: round 2, client 0: x = [1,2]
fit.fed:4:11: debug: round 2, client 0: d = 1.3333334
fit.fed:5:3: debug: round 2, client 0: d * d = 0.111111134
fit.fed:9:36: debug: round 2, client 0: x = [0,1]
fit.fed:4:11: debug: round 2, client 0: d = -0.66666675
fit.fed:5:3: debug: round 2, client 0: d * d = 2.7777781
fit.fed:11:11: debug: round 2, client 0: end.w = [0.3333333,1.3333334]
fit.fed:11:11: debug: round 2, client 0: end.b = 1.3333334
fit.fed:11:45: debug: round 2, client 0: step.s.w = [0.3333333,1.3333334]
fit.fed:11:45: debug: round 2, client 0: step.s.b = 1.3333334
fit.fed:11:45: debug: round 2, client 0: step.i = 1
fit.fed:11:11: debug: round 2, client 1: end.w = [0.6666667,0.33333334]
fit.fed:11:11: debug: round 2, client 1: end.b = 0
fit.fed:11:45: debug: round 2, client 1: step.s.w = [0.6666667,0.33333334]
fit.fed:11:45: debug: round 2, client 1: step.s.b = 0
fit.fed:11:45: debug: round 2, client 1: step.i = 1
fit.fed:9:36: debug: round 2, client 2: x = [1,1]
fit.fed:4:11: debug: round 2, client 2: d = 1
fit.fed:5:3: debug: round 2, client 2: d * d = 0
fit.fed:11:11: debug: round 2, client 2: end.w = [0.6666667,0.33333334]
fit.fed:11:11: debug: round 2, client 2: end.b = 0
fit.fed:11:45: debug: round 2, client 2: step.s.w = [0.6666667,0.33333334]
fit.fed:11:45: debug: round 2, client 2: step.s.b = 0
fit.fed:11:45: debug: round 2, client 2: step.i = 1
fit.fed:20:12: debug: round 2, server: federated_mean(trained).w = [0.5555556,0.6666667]
fit.fed:20:12: debug: round 2, server: federated_mean(trained).b = 0.44444445
fit.fed:23:46: debug: evaluation after round 2, client 0: h = true
round 2/2: eval.any=1
EOF
for threads in 2 3 7; do
  "$run" fit.fed "${spec[@]}" --rounds=2 --threads=$threads 2>&1 | cmp - one || fail "$threads threads"
done
# Nothing else changes, and a run may go on without what was shown, or with it.
"$run" plain/fit.fed "${spec[@]}" --rounds=2 --state-out=plain.npz >two 2>&1 || fail "plain/fit.fed"
grep -v debug: one | cmp - two || fail "the rounds with debug"
cmp shown.npz plain.npz || fail "the state with debug"
"$run" plain/fit.fed "${spec[@]}" --rounds=3 --resume --checkpoint=shown.ckpt >out 2>&1 ||
  fail "going on without debug: $(cat out)"

# ---- What is deployed is the program that it is without.
for file in fit.fed plain/fit.fed; do
  "$fedc" "$file" --emit=split -o "$(dirname $file)/split" && "$fedc" "$file" --emit=obj -o "$(dirname $file)/split" ||
    fail "fedc $file"
done
cmp <(grep -v '^#loc' split/fit.split.mlir) <(grep -v '^#loc' plain/split/fit.split.mlir) || fail "the split program with debug"
[ "$("$fedc" fit.fed --report=privacy | grep ^program)" = "$("$fedc" plain/fit.fed --report=privacy | grep ^program)" ] ||
  fail "the hash with debug"
nm split/fit_client.o split/fit_server.o | grep -i 'fed\.debug' && fail "objects with debug"

# ---- Large tensors, unknown sizes, every kind of element, functions of aggregations, exports.
cat >forms.fed <<'EOF'
fn run(x: {float32[?<=5,3]}@CLIENTS, n: {int32}@CLIENTS) -> int64@SERVER {
  let shown = federated_map(fn(x, n) {
    let _ = debug(x);
    let _ = debug((x > 1.0, cast<uint8>(x), cast<float64>(x) / 3.0), "of each");
    let _ = debug(log(cast<float32>(iota<int64[4,100]>(axis=1)) - 1.0), "large");
    let _ = debug("text");
    n
  }, (x, n));
  federated_aggregate(shown, 0i64, fn(a, n) { debug(a + cast<int64>(n), "with") },
    fn(a, b) { debug(a + b, "merged") }, fn(a) { debug(a, "report") })
}

export fn own(x: float32) -> float32 { debug(2.0 * x) }
EOF
expect 0 'forms.fed:3:13: debug: client 0: x = [[0,1,2],[3,4,5]]
forms.fed:4:13: debug: client 0: of each.0 = [[false,false,true],[true,true,true]]
forms.fed:4:13: debug: client 0: of each.1 = [[0,1,2],[3,4,5]]
forms.fed:4:13: debug: client 0: of each.2 = [[0,0.3333333333333333,0.6666666666666666],[1,1.3333333333333333,1.6666666666666667]]
forms.fed:5:13: debug: client 0: large = float32[4,100], min -inf, max 4.58497, mean -inf, 4 NaN: NaN, -Infinity, 0, 0.6931472, 1.0986123, 1.3862944, 1.609438, 1.7917595, ...
forms.fed:6:13: debug: client 0: "text" = [116,101,120,116]
forms.fed:9:47: debug: server: with = 1
forms.fed:3:13: debug: client 1: x = float32[0,3], no elements
forms.fed:4:13: debug: client 1: of each.0 = bool[0,3], no elements
forms.fed:4:13: debug: client 1: of each.1 = uint8[0,3], no elements
forms.fed:4:13: debug: client 1: of each.2 = float64[0,3], no elements
forms.fed:5:13: debug: client 1: large = float32[4,100], min -inf, max 4.58497, mean -inf, 4 NaN: NaN, -Infinity, 0, 0.6931472, 1.0986123, 1.3862944, 1.609438, 1.7917595, ...
forms.fed:6:13: debug: client 1: "text" = [116,101,120,116]
forms.fed:9:47: debug: server: with = 2
forms.fed:3:13: debug: client 2: x = [[6,7,8]]
forms.fed:4:13: debug: client 2: of each.0 = [[true,true,true]]
forms.fed:4:13: debug: client 2: of each.1 = [[6,7,8]]
forms.fed:4:13: debug: client 2: of each.2 = [[2,2.3333333333333335,2.6666666666666665]]
forms.fed:5:13: debug: client 2: large = float32[4,100], min -inf, max 4.58497, mean -inf, 4 NaN: NaN, -Infinity, 0, 0.6931472, 1.0986123, 1.3862944, 1.609438, 1.7917595, ...
forms.fed:6:13: debug: client 2: "text" = [116,101,120,116]
forms.fed:9:47: debug: server: with = 3
forms.fed:10:16: debug: server: merged = 3
forms.fed:10:16: debug: server: merged = 6
forms.fed:10:50: debug: server: report = 6
6' forms.fed --entry=run --args='{"x":[[[0,1,2],[3,4,5]],[],[[6,7,8]]],"n":[1,2,3]}'
expect 0 'forms.fed:13:40: debug: 2.0 * x = 6
6' forms.fed --entry=own --args='{"x":3}'

# Steps that a condition ends, gradients of one's own, keys, a database's slices.
cat >more.fed <<'EOF'
fn half(x: float32) -> float32 {
  repeat_while(x, fn(y) { debug(y, "condition") > 1.0 }, fn(y) { debug(y, "body") * 0.5 }, at_most=10)
}
fn own(x: float32) -> float32 { custom_gradient(fn(y) { debug(y, "forward") * 2.0 }, fn(y, g) { debug(g, "backward") }, x) }
fn run(x: {float32}@CLIENTS, key: {Key}@CLIENTS) -> float32@SERVER {
  federated_sum(federated_map(fn(x, k) {
    let _ = debug((key=k, half=cast<float16>(x)), "all");
    grad(half)(x) + grad(own)(x)
  }, (x, key)))
}
fn slices(keys: {int32[2]}@CLIENTS, db: float32[4]@SERVER) -> float32@SERVER {
  let rows = federated_select(keys, 3, db, fn(d, k) { debug(take(d, k), "row") });
  federated_sum(federated_map(fn(r) { sequence_sum(r) }, rows))
}
EOF
expect 0 'more.fed:7:13: debug: client 0: all.key = 8017409102833066252
more.fed:7:13: debug: client 0: all.half = 1.5
more.fed:2:27: debug: client 0: condition = 1.5
more.fed:2:66: debug: client 0: body = 1.5
more.fed:2:27: debug: client 0: condition = 0.75
more.fed:4:57: debug: client 0: forward = 1.5
more.fed:4:97: debug: client 0: backward = 1
1.5' more.fed --entry=run --args='{"x":[1.5]}'
for threads in 1 3; do
  expect 0 'more.fed:12:55: debug: server: row = 2
more.fed:12:55: debug: server: row = 3
more.fed:12:55: debug: server: row = 1
more.fed:12:55: debug: server: row = 4
10' more.fed --entry=slices --args='{"keys":[[1,2],[0,3]],"db":[1,2,3,4]}' --threads=$threads
done

# ---- After the first client that fails, by its number, nobody is shown.
cat >fails.fed <<'EOF'
fn run(x: {int32}@CLIENTS) -> int32@SERVER { federated_sum(federated_map(fn(x) { 6 / debug(x) }, x)) }
EOF
for threads in 1 4; do
  expect 1 "fails.fed:1:86: debug: client 0: x = 1
fails.fed:1:86: debug: client 1: x = 2
fails.fed:1:86: debug: client 2: x = 0
fails.fed:1:82: error: an integer was divided by zero (on client 2, phase 1) [bad-value]
   1 | fn run(x: {int32}@CLIENTS) -> int32@SERVER { federated_sum(federated_map(fn(x) { 6 / debug(x) }, x))...
     |                                                                                  ^" \
    fails.fed --args='{"x":[1,2,0,3,0,4,5,6,7,8,9]}' --threads=$threads
done

# ---- --check-nan: the first operation that makes NaN or an infinity, in gradients, too.
cat >nan.fed <<'EOF'
fn cost(x: float32) -> float32 { sqrt(x) }

process nan {
  initialize() -> float32@SERVER { federated_value(1.0, SERVER) }
  next(s: float32@SERVER, x: {float32*}@CLIENTS) -> <state=float32@SERVER, metrics=<s=float32@SERVER>> {
    let r = federated_map(fn(s, x) {
      sequence_reduce(x, s, fn(a, x) {
        let y = log(x - a);
        a + 1.0 + y
      })
    }, (federated_broadcast(s), x));
    let next = federated_max(r);
    (state=next, metrics=(s=next,))
  }
}

fn slope(x: {float32}@CLIENTS) -> float32@SERVER { federated_mean(federated_map(grad(cost), x)) }
fn large(x: {float32}@CLIENTS) -> float32@SERVER { exp(federated_sum(x)) }
EOF
expect 1 'warning: --data: 1 of 2 clients has no data (client 0)
round 1/3: s=2
round 2 failed; the state is that before it
nan.fed:8:17: error: `log` makes an infinity of finite numbers (on client 1, phase 1) [assertion]
   8 |         let y = log(x - a);
     |                 ^' nan.fed --check-nan --rounds=3 --data='{"x":[[],[2]]}'
expect 1 'nan.fed:1:34: error: `divide` makes an infinity of finite numbers (on client 1, phase 1) [assertion]
   1 | fn cost(x: float32) -> float32 { sqrt(x) }
     |                                  ^' nan.fed --check-nan --entry=slope --args='{"x":[4,0]}'
expect 1 'nan.fed:1:34: error: `sqrt` makes NaN of finite numbers (on client 0, phase 1) [assertion]
   1 | fn cost(x: float32) -> float32 { sqrt(x) }
     |                                  ^' nan.fed --check-nan --entry=slope --args='{"x":[-4,0]}'
expect 1 'nan.fed:18:52: error: `exp` makes an infinity of finite numbers (at the server, step 1) [assertion]
  18 | fn large(x: {float32}@CLIENTS) -> float32@SERVER { exp(federated_sum(x)) }
     |                                                    ^' nan.fed --check-nan --entry=large --args='{"x":[50,60]}'
# What is not finite as it comes is no fault of the program's, and what is finite is what it was.
expect 0 'warning: phase 1: 1 of 2 clients was not added: 1 not finite (client 0)
note: `x` of client 0 is Infinity
2.7182817' nan.fed --check-nan --entry=large --args='{"x":["Infinity",1]}'
expect 2 'fed-run: --check-nan ends the run at the first client that fails, and --drop-failed-clients goes on without it
See fed-run --help.' nan.fed --check-nan --entry=large --drop-failed-clients
expect 2 'fed-run: --check-nan is for programs that are compiled: FILE.fed
See fed-run --help.' --program=nan.so --check-nan
"$run" fit.fed "${spec[@]}" --rounds=2 --check-nan --state-out=checked.npz >out 2>&1 && cmp out one || fail "fit.fed, checked"
cmp checked.npz plain.npz || fail "the state, checked"
"$run" plain/fit.fed "${spec[@]}" --rounds=3 --resume --check-nan --checkpoint=shown.ckpt >out 2>&1 ||
  fail "going on with checks: $(cat out)"

finish
