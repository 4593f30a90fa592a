// Milliseconds between two feeds; see UPDATE_SECONDS in app/ui/held.py.
const FEED = 400;
// Milliseconds between two pictures of the screen, about.
const PICTURE = 17;

// When the next frame is shown, of frames that come several at a time: as fast as they come, a
// little slower while less than a feed is in store and quicker while more than two are, so that a
// feed that is late leaves no gap. tests/load/clock.py does the same.
export class Pace {
  constructor() {
    [this.every, this.share, this.came, this.due] = [FEED, 0, null, 0];
  }

  // So many frames have come.
  take(now, frames) {
    if (this.came !== null) this.every += 0.2 * (Math.min(now - this.came, 2 * FEED) - this.every);
    this.share += this.share ? 0.2 * (frames - this.share) : frames;
    this.came = now;
  }

  // Whether it is time for the next of those in store.
  next(now, store) {
    if (now < this.due) return false;
    const haste = Math.min(1.2, Math.max(0.5, (1.5 * this.share) / store));
    const wait = (haste * this.every) / Math.max(1, this.share);
    this.due = Math.max(this.due, now - PICTURE) + wait;
    return true;
  }
}
