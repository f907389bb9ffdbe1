/**
 * Preloaded into the server: shifts its wall clock by `CRASH_TEST_CLOCK_MS`, and on SIGUSR2 by another
 * `CRASH_TEST_JUMP_MS`. The machine's own clock could only be set for all processes. Timers are not affected, as with a
 * real clock change.
 */
const real = Date.now;
let wrongByMs = Number(process.env["CRASH_TEST_CLOCK_MS"]);
const jumpMs = Number(process.env["CRASH_TEST_JUMP_MS"]);

Date.now = () => real() + wrongByMs;
process.on("SIGUSR2", () => {
  wrongByMs += jumpMs;
});
