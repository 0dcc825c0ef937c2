/** The page as a bundler or an import map takes it. */
import { Tidemark } from 'tidemark';

import { run } from './page.js';

void run(Tidemark);
