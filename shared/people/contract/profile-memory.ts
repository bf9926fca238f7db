/** What the poll remembers of profiles between its runs: a page's worth at a time. */
import type { PublishedProfile } from './links.ts';

/** Whose the profile is, what was sent to it, and what was told of it. */
export interface RememberedProfile {
  /** The one whose external id it carries, or who was linked first, comes first. */
  readonly customerIds?: readonly string[] | undefined;
  /** What the bridge wrote to it. */
  readonly fieldsSent?: string | undefined;
  /** What the other system was last told. */
  readonly published?: PublishedProfile | undefined;
}

export interface PublishedNow {
  readonly profileId: string;
  readonly updatedMs: number;
  readonly fields: string;
  /** Somebody's profile: remembered for good, as its link is. */
  readonly linked: boolean;
}

/** The addresses by which a customer was found, as Klaviyo shows them. */
export interface MatchedProfile {
  readonly id: string;
  readonly attributes: {
    readonly email?: string | null | undefined;
    readonly phone_number?: string | null | undefined;
    readonly external_id?: string | null | undefined;
  };
}

export interface ProfileMemory {
  recall(
    memoryKey: string,
    profileIds: readonly string[],
  ): Promise<ReadonlyMap<string, RememberedProfile>>;
  remember(memoryKey: string, profiles: readonly PublishedNow[]): Promise<void>;
  /**
   * Links a profile that is nobody's yet to a customer. What is there stays: a customer who has
   * another profile keeps it as the one that is written to. By a phone number alone, only a profile
   * that has neither e-mail address nor external id: a number may be several people's.
   */
  link(
    memoryKey: string,
    customerId: string,
    profile: MatchedProfile,
    by: 'email' | 'phone',
  ): Promise<void>;
}
