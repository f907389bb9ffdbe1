/** `DOMException`, `AbortController`, `AbortSignal`, `Event`, `EventTarget` and `queueMicrotask` behave as in Node. */
import { afterAll, expect, test } from "vitest";
import { compareTable, runInNode, startIsolates } from "../../support/both-worlds.ts";

const isolates = startIsolates();
afterAll(() => isolates[Symbol.asyncDispose]());

const NAMES =
  "Error IndexSizeError HierarchyRequestError WrongDocumentError InvalidCharacterError NoModificationAllowedError NotFoundError NotSupportedError InUseAttributeError InvalidStateError SyntaxError InvalidModificationError NamespaceError InvalidAccessError TypeMismatchError SecurityError NetworkError AbortError URLMismatchError QuotaExceededError TimeoutError InvalidNodeTypeError DataCloneError EncodingError OperationError TypeError nonsense constructor toString";

test("DOMException", () =>
  compareTable(isolates, [
    ...[...NAMES.split(" "), ""].map(
      (name) =>
        `((error) => [error.name, error.message, error.code])(new DOMException('m', '${name}'))`,
    ),
    ...[
      "",
      "undefined, undefined",
      "null, null",
      "1, 2",
      "'m', {}",
      "'m', { name: 'AbortError' }",
      "'m', { name: 'AbortError', cause: 1 }",
      "'m', { cause: undefined }",
      "'m', []",
      "Symbol()",
      "'m', Symbol()",
      "{ toString: () => 't' }",
    ].map(
      (given) =>
        `((error) => [error.name, error.message, error.code, 'cause' in error, error.cause])(new DOMException(${given}))`,
    ),
    "new DOMException('m') instanceof Error",
    "Object.prototype.toString.call(new DOMException())",
    "String(new DOMException('m', 'AbortError'))",
    "String(new DOMException())",
    "new DOMException('m', 'AbortError').stack.split('\\n')[0]",
    "Error.isError(new DOMException())",
    "DOMException('m')",
    "Object.keys(DOMException).sort()",
    "Object.keys(DOMException.prototype).sort()",
    "Object.entries(DOMException)",
    "DOMException.prototype.ABORT_ERR",
    "new DOMException().DATA_CLONE_ERR",
    "DOMException.prototype.name",
    "DOMException.prototype.code",
    "Object.getOwnPropertyDescriptor(DOMException, 'ABORT_ERR')",
    "(() => { new DOMException().name = 'x'; })()",
    "(() => { const error = new DOMException('m'); error.extra = 1; return error.extra; })()",
    "((error) => [error.name, error.message, error.code, error.more(), error instanceof DOMException])(new (class extends DOMException { more() { return 1; } })('m', 'AbortError'))",
    "Object.keys(new DOMException('m'))",
  ]));

test("a stack has the position where the exception was created", async () => {
  const script =
    "export default () => {\n  const error = new DOMException('m', 'AbortError');\n  return error.stack.split('\\n').slice(0, 2);\n};";
  expect(await isolates.run(script)).toEqual([
    "AbortError: m",
    expect.stringContaining("functions/one/index.ts:2:17"),
  ]);
});

const logged = (code: string) => `(() => { const log = []; ${code}; return log; })()`;

test("signals", () =>
  compareTable(isolates, [
    "new AbortSignal()",
    "AbortSignal()",
    "AbortController()",
    "new AbortController().signal === new AbortController().signal",
    "(() => { const one = new AbortController(); return one.signal === one.signal; })()",
    "((signal) => [signal.aborted, signal.reason, signal.onabort])(new AbortController().signal)",
    "((signal) => [signal.aborted, signal.reason])(AbortSignal.abort())",
    "((signal) => [signal.aborted, signal.reason])(AbortSignal.abort(1))",
    "AbortSignal.abort(undefined).reason",
    "AbortSignal.abort(null).reason",
    "AbortSignal.abort().throwIfAborted()",
    "AbortSignal.abort('why').throwIfAborted()",
    "new AbortController().signal.throwIfAborted()",
    "new AbortController().abort()",
    "Object.prototype.toString.call(new AbortController())",
    "Object.prototype.toString.call(AbortSignal.abort())",
    "AbortSignal.abort() instanceof EventTarget",
    "Object.keys(AbortController.prototype).sort()",
    "Object.keys(AbortSignal).filter((key) => key !== 'timeout').sort()",
    "(() => { new AbortController().signal.aborted = true; })()",
    "(() => { new AbortController().signal = 1; })()",
    "AbortController.prototype.abort.call({})",
    "Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted').get.call({})",
    "Object.getOwnPropertyDescriptor(AbortController.prototype, 'signal').get.call({})",
    logged(
      "const one = new AbortController(); one.signal.onabort = function (event) { log.push(this === one.signal, event.type, event.target === one.signal, event.isTrusted, event.bubbles, event.cancelable, one.signal.aborted); }; one.abort('why'); one.abort('again'); log.push(one.signal.reason)",
    ),
    logged(
      "const one = new AbortController(); one.signal.addEventListener('abort', () => log.push('a')); one.signal.onabort = () => log.push('b'); one.signal.addEventListener('abort', () => log.push('c')); one.abort()",
    ),
    logged(
      "const one = new AbortController(); one.signal.onabort = () => log.push('a'); one.signal.addEventListener('abort', () => log.push('b')); one.signal.onabort = () => log.push('c'); one.abort()",
    ),
    logged(
      "const one = new AbortController(); one.signal.onabort = () => log.push('a'); one.signal.onabort = null; one.abort(); log.push(one.signal.onabort)",
    ),
    logged(
      "const one = new AbortController(); for (const value of [() => {}, null, undefined]) { one.signal.onabort = value; log.push(typeof one.signal.onabort); }",
    ),
    logged(
      "const one = new AbortController(); one.abort(); one.signal.addEventListener('abort', () => log.push('late')); one.abort()",
    ),
    logged(
      "const one = new AbortController(); one.signal.onabort = () => { log.push('a'); one.abort(); }; one.abort(); log.push('b')",
    ),
    logged(
      "const one = new AbortController(); one.signal.onabort = () => log.push('dispatched'); one.signal.dispatchEvent(new Event('abort')); log.push(one.signal.aborted)",
    ),
  ]));

test("signals that follow others", () =>
  compareTable(isolates, [
    ...["", "1", "null", "[1]", "[{}]", "[null]", "{}", "['x']"].map(
      (given) => `AbortSignal.any(${given})`,
    ),
    "AbortSignal.any([]).aborted",
    "AbortSignal.any([AbortSignal.abort(1), AbortSignal.abort(2)]).reason",
    "AbortSignal.any([new AbortController().signal, AbortSignal.abort(2)]).reason",
    logged(
      "const [a, b] = [new AbortController(), new AbortController()]; const any = AbortSignal.any([a.signal, b.signal]); any.onabort = () => log.push('any', any.reason); b.abort('b'); a.abort('a'); log.push(any.aborted, any.reason)",
    ),
    logged(
      "const a = new AbortController(); const any = AbortSignal.any([a.signal, a.signal]); any.onabort = () => log.push('any'); a.abort('a')",
    ),
    logged(
      "const a = new AbortController(); const any = AbortSignal.any([AbortSignal.any([a.signal])]); any.onabort = () => log.push('any'); a.abort('a'); log.push(any.reason)",
    ),
    logged(
      "const a = new AbortController(); const any = AbortSignal.any([a.signal]); any.onabort = () => log.push('any', a.signal.aborted); a.signal.onabort = () => log.push('source', any.aborted); a.abort('a')",
    ),
    logged(
      "const a = new AbortController(); const any = AbortSignal.any([AbortSignal.any([]), a.signal]); a.abort(1); log.push(any.reason, AbortSignal.any([any]).reason)",
    ),
    logged(
      "const a = new AbortController(); const any = AbortSignal.any([a.signal]); a.abort(1); log.push(any.aborted)",
    ),
  ]));

test("signals that follow the same one abort in the order of creation, as the standard requires", async () => {
  const script = `export default () => ${logged(
    "const a = new AbortController(); const first = AbortSignal.any([a.signal]); const second = AbortSignal.any([first]); " +
      "second.onabort = () => log.push('second', first.aborted); first.onabort = () => log.push('first', second.aborted); a.abort()",
  )};`;
  expect(await isolates.run(script)).toEqual(["first", true, "second", true]);
});

test("events", () =>
  compareTable(isolates, [
    "new Event()",
    "new Event('a', 1)",
    "Event('a')",
    "new Event(Symbol())",
    "new Event(undefined).type",
    ...["undefined", "null", "{}", "{ bubbles: true }", "{ cancelable: 1, composed: 'x' }"].map(
      (options) =>
        `((event) => [event.type, event.bubbles, event.cancelable, event.composed, event.defaultPrevented, event.target, event.currentTarget, event.eventPhase, event.isTrusted, event.composedPath(), typeof event.timeStamp])(new Event('a', ${options}))`,
    ),
    "(() => { const event = new Event('a', { cancelable: true }); event.preventDefault(); return event.defaultPrevented; })()",
    "(() => { const event = new Event('a'); event.preventDefault(); return event.defaultPrevented; })()",
    "(() => { new Event('a').type = 'b'; })()",
    "Object.prototype.toString.call(new Event('a'))",
    "Event.prototype.preventDefault.call({})",
    "Object.getOwnPropertyDescriptor(Event.prototype, 'type').get.call({})",
    "new (class extends Event { constructor() { super('mine'); this.detail = 1; } })().detail",
  ]));

const dispatching = (code: string) =>
  logged(
    `const target = new EventTarget(); const event = new Event('a', { cancelable: true }); ${code}`,
  );

test("targets", () =>
  compareTable(isolates, [
    "EventTarget()",
    "Object.prototype.toString.call(new EventTarget())",
    "Object.keys(EventTarget.prototype).sort()",
    "new EventTarget().addEventListener('a')",
    "new EventTarget().addEventListener('a', 1)",
    "new EventTarget().addEventListener('a', null)",
    "new EventTarget().removeEventListener('a')",
    "new EventTarget().removeEventListener('a', () => {})",
    "new EventTarget().dispatchEvent()",
    "new EventTarget().dispatchEvent({ type: 'a' })",
    "new EventTarget().dispatchEvent(new Event('a'))",
    "EventTarget.prototype.addEventListener.call({}, 'a', () => {})",
    "new EventTarget().addEventListener('a', () => {}, { signal: 1 })",
    ...[
      "target.addEventListener('a', function (given) { log.push(this === target, given === event, given.target === target, given.currentTarget === target, given.eventPhase, given.composedPath().length); }); log.push(target.dispatchEvent(event), event.target === target, event.currentTarget, event.eventPhase)",
      "const f = () => log.push('f'); target.addEventListener('a', f); target.addEventListener('a', f); target.addEventListener('a', f, true); target.dispatchEvent(event)",
      "const f = () => log.push('f'); target.addEventListener('a', f); target.removeEventListener('a', f, { capture: true }); target.dispatchEvent(event); target.removeEventListener('a', f); target.dispatchEvent(new Event('a'))",
      "target.addEventListener('a', () => log.push('once'), { once: true }); target.dispatchEvent(event); target.dispatchEvent(event)",
      "target.addEventListener('a', { handleEvent(given) { log.push(this.x, given === event); }, x: 1 }); target.dispatchEvent(event)",
      "target.addEventListener('a', (given) => given.preventDefault()); log.push(target.dispatchEvent(event), event.defaultPrevented)",
      "target.addEventListener('a', (given) => given.preventDefault(), { passive: true }); log.push(target.dispatchEvent(event), event.defaultPrevented)",
      "target.addEventListener('a', (given) => { log.push(1); given.stopImmediatePropagation(); }); target.addEventListener('a', () => log.push(2)); target.dispatchEvent(event)",
      "target.addEventListener('a', (given) => { log.push(1); given.stopPropagation(); }); target.addEventListener('a', () => log.push(2)); target.dispatchEvent(event)",
      "const g = () => log.push('g'); target.addEventListener('a', () => { log.push('f'); target.removeEventListener('a', g); target.addEventListener('a', () => log.push('h')); }); target.addEventListener('a', g); target.dispatchEvent(event)",
      "target.addEventListener('a', () => { try { target.dispatchEvent(event); } catch (error) { log.push(error.name, error.code); } }); target.dispatchEvent(event)",
      "const abort = new AbortController(); target.addEventListener('a', () => log.push('f'), { signal: abort.signal }); target.dispatchEvent(event); abort.abort(); target.dispatchEvent(event)",
      "target.addEventListener('a', () => log.push('f'), { signal: AbortSignal.abort() }); target.dispatchEvent(event)",
      "target.addEventListener('b', () => log.push('b')); target.dispatchEvent(event)",
      "target.addEventListener('toString', () => log.push('t')); target.dispatchEvent(new Event('toString'))",
      "class Mine extends EventTarget { fire() { return this.dispatchEvent(event); } }; const mine = new Mine(); mine.addEventListener('a', () => log.push('mine')); log.push(mine.fire())",
    ].map(dispatching),
  ]));

test("queueMicrotask runs callbacks in order, after the calling code", async () => {
  const script = `export default async () => {
    const log = [];
    queueMicrotask(function (...given) { log.push("first", given.length, this === undefined); });
    Promise.resolve().then(() => log.push("second"));
    queueMicrotask(() => { log.push("third"); return { then() { log.push("never"); } }; });
    log.push("now", queueMicrotask(() => log.push("fourth")));
    await null;
    await null;
    for (const wrong of [undefined, null, 1, {}]) { try { queueMicrotask(wrong); } catch (error) { log.push(error.name); } }
    return log;
  };`;
  const expected = [
    "now",
    null,
    "first",
    0,
    true,
    "second",
    "third",
    "fourth",
    "TypeError",
    "TypeError",
    "TypeError",
    "TypeError",
  ];
  expect(await isolates.run(script)).toEqual(expected);
  expect(await runInNode(script)).toEqual(expected);
});

test.each([
  ["queueMicrotask", "queueMicrotask(() => { throw new Error('loose'); });"],
  [
    "a listener",
    "const target = new EventTarget(); target.addEventListener('a', () => { throw new Error('loose'); }); target.dispatchEvent(new Event('a'));",
  ],
  [
    "a listener of a signal",
    "const one = new AbortController(); one.signal.onabort = () => { throw new Error('loose'); }; one.abort();",
  ],
])("what %s throws fails the run", async (_, code) => {
  const end = await isolates.end(
    `export default async (event, ctx) => { ${code} await ctx.sleep(50); return 1; };`,
  );
  expect(end).toMatchObject({ fault: { kind: "SCRIPT_ERROR", message: "loose" } });
});

test("listeners after one that throws are called", async () => {
  const script = `export default (event, ctx) => {
    const target = new EventTarget();
    target.addEventListener("a", () => { throw new Error("loose"); });
    target.addEventListener("a", () => ctx.log.info("called"));
    target.dispatchEvent(new Event("a"));
    return 1;
  };`;
  expect(await isolates.end(script)).toMatchObject({ logs: [{ text: "called" }] });
});

test("there is no AbortSignal.timeout without timers", async () => {
  expect(
    await isolates.run("export default () => [typeof AbortSignal.timeout, typeof setTimeout];"),
  ).toEqual(["undefined", "undefined"]);
});
