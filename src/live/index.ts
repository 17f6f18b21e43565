export type { Accepted, Follower, Live, LiveCounts, LivePerson, Touch } from './live.ts';
