/**
 * Code as in bundles of popular libraries: a UMD wrapper that detects its environment, helpers of compilers for
 * classes, an event emitter, a deep merge, a template engine, a schema checker, a date formatter, a query parser.
 */
export const BUNDLE = String.raw`
var lib = {};
(function (root, factory) {
  if (typeof exports === "object" && typeof module !== "undefined") module.exports = factory();
  else if (typeof define === "function" && define.amd) define(factory);
  else root.tiny = factory();
})(lib, function () {
  "use strict";
  var __extends = (function () {
    var extendStatics = function (d, b) { extendStatics = Object.setPrototypeOf || function (d, b) { d.__proto__ = b; }; return extendStatics(d, b); };
    return function (d, b) { extendStatics(d, b); function __() { this.constructor = d; } d.prototype = b === null ? Object.create(b) : ((__.prototype = b.prototype), new __()); };
  })();
  var __assign = function () { __assign = Object.assign || function (t) { return t; }; return __assign.apply(this, arguments); };
  var __awaiter = function (thisArg, generator) {
    return new Promise(function (resolve, reject) {
      function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
      function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
      function step(result) { result.done ? resolve(result.value) : new Promise(function (r) { r(result.value); }).then(fulfilled, rejected); }
      step((generator = generator.apply(thisArg, [])).next());
    });
  };
  function _classCallCheck(instance, Constructor) { if (!(instance instanceof Constructor)) throw new TypeError("Cannot call a class as a function"); }
  function _createClass(Constructor, props) { props.forEach(function (p) { p.enumerable = false; p.configurable = true; if ("value" in p) p.writable = true; Object.defineProperty(Constructor.prototype, p.key, p); }); return Constructor; }

  var EventEmitter = (function () {
    function EventEmitter() { _classCallCheck(this, EventEmitter); this._events = Object.create(null); }
    _createClass(EventEmitter, [
      { key: "on", value: function (name, fn) { (this._events[name] || (this._events[name] = [])).push(fn); return this; } },
      { key: "once", value: function (name, fn) { var self = this; function g() { self.off(name, g); fn.apply(self, arguments); } return this.on(name, g); } },
      { key: "off", value: function (name, fn) { this._events[name] = (this._events[name] || []).filter(function (f) { return f !== fn; }); return this; } },
      { key: "emit", value: function (name) { var args = [].slice.call(arguments, 1); (this._events[name] || []).slice().forEach(function (f) { f.apply(null, args); }); return this; } },
    ]);
    return EventEmitter;
  })();

  var ValidationError = (function (_super) {
    __extends(ValidationError, _super);
    function ValidationError(issues) { var _this = _super.call(this, issues.join("; ")) || this; Object.setPrototypeOf(_this, ValidationError.prototype); _this.name = "ValidationError"; _this.issues = issues; return _this; }
    ValidationError.prototype.toString = function () { return this.name + "(" + this.issues.length + ")"; };
    return ValidationError;
  })(Error);

  var isPlainObject = function (value) { return Object.prototype.toString.call(value) === "[object Object]"; };
  function merge(target) {
    for (var i = 1; i < arguments.length; i++) { var source = arguments[i]; Object.keys(source).forEach(function (key) { if (key === "__proto__" || key === "constructor") return; target[key] = isPlainObject(source[key]) ? merge(isPlainObject(target[key]) ? target[key] : {}, source[key]) : source[key]; }); }
    return target;
  }
  function get(object, path, fallback) { var value = path.replace(/\[(\d+)\]/g, ".$1").split(".").reduce(function (o, k) { return o == null ? undefined : o[k]; }, object); return value === undefined ? fallback : value; }

  function template(text) {
    return function (data, esc) { return text.replace(/<%=([\s\S]+?)%>/g, function (_, path) { return esc(get(data, path.trim())); }); };
  }
  var escapeHtml = (function () { var map = { "&": "&amp;", "<": "&lt;", ">": "&gt;" }; return function (value) { return String(value).replace(/[&<>]/g, function (c) { return map[c]; }); }; })();

  var schema = {
    string: function () { return { parse: function (v, at) { return typeof v === "string" ? [] : [at + " is no string"]; }, optional: function () { var inner = this; return { parse: function (v, at) { return v === undefined ? [] : inner.parse(v, at); } }; } }; },
    number: function () { return { parse: function (v, at) { return typeof v === "number" && isFinite(v) ? [] : [at + " is no number"]; } }; },
    array: function (of) { return { parse: function (v, at) { return Array.isArray(v) ? v.flatMap(function (one, i) { return of.parse(one, at + "[" + i + "]"); }) : [at + " is no array"]; } }; },
    object: function (shape) { return { parse: function (v, at) { return isPlainObject(v) ? Object.keys(shape).reduce(function (all, k) { return all.concat(shape[k].parse(v[k], at + "." + k)); }, []) : [at + " is no object"]; } }; },
  };
  function check(type, value) { var issues = type.parse(value, "$"); if (issues.length) throw new ValidationError(issues); return value; }

  function formatDate(date, pattern) {
    var pad = function (n, w) { return String(n).padStart(w || 2, "0"); };
    var parts = { YYYY: date.getUTCFullYear(), MM: pad(date.getUTCMonth() + 1), DD: pad(date.getUTCDate()), HH: pad(date.getUTCHours()), mm: pad(date.getUTCMinutes()), ss: pad(date.getUTCSeconds()), SSS: pad(date.getUTCMilliseconds(), 3) };
    return pattern.replace(/YYYY|MM|DD|HH|mm|ss|SSS/g, function (p) { return parts[p]; });
  }
  function parseQuery(text) { return text.replace(/^\?/, "").split("&").reduce(function (all, pair) { var cut = pair.split("="); var key = decodeURIComponent(cut[0]); var value = decodeURIComponent((cut[1] || "").replace(/\+/g, " ")); var list = /\[\]$/.test(key); key = key.replace(/\[\]$/, ""); if (list) (all[key] || (all[key] = [])).push(value); else all[key] = value; return all; }, {}); }
  function debounceQueue(limit) { var running = 0, waiting = []; return function run(task) { return new Promise(function (resolve, reject) { var go = function () { running++; task().then(resolve, reject).finally(function () { running--; if (waiting.length) waiting.shift()(); }); }; running < limit ? go() : waiting.push(go); }); }; }
  return { EventEmitter: EventEmitter, ValidationError: ValidationError, merge: merge, get: get, template: template, escapeHtml: escapeHtml, schema: schema, check: check, formatDate: formatDate, parseQuery: parseQuery, queue: debounceQueue, assign: __assign, awaiter: __awaiter };
});
var tiny = lib.tiny;
var heard = [];
new tiny.EventEmitter().on("a", function (x) { heard.push("on" + x); }).once("a", function (x) { heard.push("once" + x); }).emit("a", 1).emit("a", 2);
var problem;
try { tiny.check(tiny.schema.object({ name: tiny.schema.string(), note: tiny.schema.string().optional(), tags: tiny.schema.array(tiny.schema.number()) }), { name: 1, tags: [1, "x", NaN] }); } catch (error) { problem = [error.name, error.message, String(error), error instanceof Error, error instanceof tiny.ValidationError, error.issues.length]; }
var order = []; var run = tiny.queue(2);
await Promise.all([1, 2, 3, 4].map(function (n) { return run(async function () { order.push("start" + n); await null; await null; order.push("end" + n); }); }));
var awaited = await tiny.awaiter(undefined, function* () { var a = yield Promise.resolve(20); try { yield Promise.reject(new Error("caught")); } catch (error) { return a + error.message; } });
return [
  heard, problem, order, awaited,
  tiny.merge({ a: { b: 1, list: [1] } }, { a: { c: 2, list: [2] } }, JSON.parse('{"__proto__":{"polluted":true},"d":{"e":{"f":1}}}')), {}.polluted === undefined,
  tiny.get({ a: [{ b: { c: "deep" } }] }, "a[0].b.c"), tiny.get({}, "x.y", "fallback"),
  tiny.template("<ul><li><%= items[0] %></li><li><%= items[1] %></li></ul>")({ items: ["<1>", "a&b"] }, tiny.escapeHtml),
  tiny.formatDate(new Date(1795400972123), "YYYY-MM-DD HH:mm:ss.SSS"), tiny.parseQuery("?a=1&b[]=x+y&b[]=%C3%BC&c"), tiny.assign({ a: 1 }, { b: 2 }),
];`;
