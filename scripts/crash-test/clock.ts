/**
 * Loaded into the server before its own modules: its wall clock is wrong by `CRASH_TEST_CLOCK_MS`, and on SIGUSR2 jumps
 * by `CRASH_TEST_JUMP_MS`. A machine's clock can be set only for everybody on it; timers keep their own time, as they do there.
 */
const real = Date.now;
let wrongByMs = Number(process.env["CRASH_TEST_CLOCK_MS"]);
const jumpMs = Number(process.env["CRASH_TEST_JUMP_MS"]);

Date.now = () => real() + wrongByMs;
process.on("SIGUSR2", () => {
  wrongByMs += jumpMs;
});
