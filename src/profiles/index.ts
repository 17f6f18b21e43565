export { makeProfiles, type ProfileOptions, type ProfileReport } from './make.ts';
export { type RuleTag, TAGS, type Tag, tagWords, type Words } from './tags.ts';
