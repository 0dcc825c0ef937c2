/** The page without bundler and without import map. */
import { Tidemark } from './node_modules/tidemark/js-bindings/index.js';

import { run } from './page.js';

void run(Tidemark);
