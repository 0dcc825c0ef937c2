/**
 * As which role of the database a device's statements run.
 */
import { UpstreamError } from '../upstream/errors.js';
import { lastingClaims } from './identity.js';

/** The option `roles` of a gateway. */
export class Roles {
  #allowed;
  #anonymous;
  #claim;
  #claims;
  #follow;

  /**
   * @param {import('./types.js').RolesOptions} options
   * @throws {UpstreamError} 22023 it names no role
   */
  constructor({ allow = [], anonymous, claim = 'role', claims, follow = false }) {
    this.#allowed = new Set(anonymous === undefined ? allow : [...allow, anonymous]);
    this.#anonymous = anonymous;
    this.#claim = claim;
    this.#claims = claims && new Set(claims);
    this.#follow = follow;
    if (this.#allowed.size === 0) throw new UpstreamError('22023', 'roles: allow or anonymous names a role');
  }

  /**
   * @param {import('./types.js').Identity} identity
   * @returns {import('../upstream/types.js').DatabaseUser}
   * @throws {UpstreamError} 42501 no role, or one that may not be taken
   */
  userOf(identity) {
    const role = identity.claims?.[this.#claim] ?? this.#anonymous;
    if (typeof role !== 'string' || !this.#allowed.has(role)) {
      throw new UpstreamError('42501', role === undefined
        ? `a role is required: the claim "${this.#claim}"` : 'the role of this token may not be taken here');
    }
    const claims = Object.entries(lastingClaims(identity)).filter(([name]) => this.#claims?.has(name) ?? true);
    return { role, claims: Object.fromEntries(claims), follow: this.#follow };
  }
}
