import { describe, expect, test } from "vitest";
import { isAfter, positionAfter, type WaitingNotice } from "../../src/notify/outbox-position.js";
import { signNotice } from "../../src/notify/sign-notice.js";

describe("the position of a receiver", () => {
  const waiting = (seq: number, part: number): WaitingNotice =>
    ({ notice: { seq }, part }) as WaitingNotice;

  test("passes each notice of an entry, the entry, and entries without notices", () => {
    expect([
      positionAfter(waiting(5, 1), waiting(5, 2), 9),
      positionAfter(waiting(5, 2), waiting(8, 1), 9),
      positionAfter(waiting(8, 1), undefined, 9),
    ]).toEqual([
      { seq: 4, part: 1 },
      { seq: 7, part: 0 },
      { seq: 9, part: 0 },
    ]);
  });

  test("decides what is still to be delivered", () => {
    const position = { seq: 4, part: 1 };
    const places = [
      { seq: 4, part: 9 },
      { seq: 5, part: 1 },
      { seq: 5, part: 2 },
      { seq: 6, part: 1 },
    ];
    expect(places.map((place) => isAfter(place, position))).toEqual([false, false, true, true]);
  });
});

describe("signNotice", () => {
  test("gives the signature of the example of Standard Webhooks", () => {
    expect(
      signNotice("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: 1614265330,
        body: '{"test": 2432232314}',
      }),
    ).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });
});
