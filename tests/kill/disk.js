/** A disk whose power can be cut: an ext4 file system of its own, which is shut down without writing anything back. Needs root. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** EXT4_IOC_SHUTDOWN with NOLOGFLUSH: from now on nothing reaches the disk, not even the journal. */
const SHUTDOWN = `import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))`;

/** @param {string} command @param {string[]} given */
const run = (command, ...given) => execFileSync(command, given, { stdio: ['ignore', 'ignore', 'inherit'] });

export class Disk {
  #image;
  /** Where it is mounted. */
  path;

  /** @param {string} folder in which the disk is made */
  constructor(folder) {
    this.#image = join(folder, 'disk.img');
    this.path = join(folder, 'disk');
    mkdirSync(this.path);
    run('truncate', '-s', '1G', this.#image);
    run('mkfs.ext4', '-q', this.#image);
    this.mount();
  }

  mount() {
    run('mount', '-o', 'loop', this.#image, this.path);
  }

  cutPower() {
    run('python3', '-c', SHUTDOWN, this.path);
  }

  /** Unmounts as soon as the last process has let go. */
  async unmount() {
    for (let attempt = 0; ; attempt++) {
      try {
        execFileSync('umount', [this.path], { stdio: 'ignore' });
        return;
      } catch (error) {
        if (attempt === 100) throw error;
        await sleep(100);
      }
    }
  }
}
