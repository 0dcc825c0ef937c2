/** The worker that `new Tidemark({ worker: true })` starts. */
import { serve } from './worker.js';

serve();
