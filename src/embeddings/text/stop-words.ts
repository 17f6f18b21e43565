/** Words that say nothing of what a text is about. Negations are not among them: reviews turn on them. */

const ENGLISH = `a about above after again all also am an and any are as at be because been before being below between both
but by can could did do does doing down during each few for from further had has have having he her here hers herself him
himself his how i if in into is it its itself just me more most my myself of off on once only or other our ours ourselves
out over own same she should so some such than that the their theirs them themselves then there these they this those
through to too under until up us very was we were what when where which while who whom why will with would you your yours
yourself yourselves s t d ll m re ve`;

const CHINESE = `的 了 和 是 在 我 有 就 也 都 而 及 与 着 或 一个 这 那 你 他 她 它 们 我们 你们 他们 她们 它们 自己 这个 那个 这些 那些
之 于 以 为 对 从 把 被 让 给 向 到 等 啊 吧 呢 吗 呀 哦 嗯 哈 嘛 啦 么 得 地 所 其 并 但 但是 因为 所以 如果 虽然 还 又 再 才 只 个 种 些 每 各 某
该 此 上 下 中 里 后 前 时 说 要 会 能 可以 什么 怎么 怎样 如何 哪 哪里 谁 多少 这样 那样 然后 而且 以及 或者 还有 还是 就是 已经 一些 一下 一点`;

export const STOP_WORDS: ReadonlySet<string> = new Set(`${ENGLISH} ${CHINESE}`.split(/\s+/));
