/** The facts about a shop that every later step needs; read from tierwise.yaml. */
export interface Shop {
  readonly name: string;
  /** ISO 4217; all money of the lake is in it. */
  readonly currency: string;
  /** Digits after the point of one major unit: 2 for USD and CNY, 0 for JPY. */
  readonly currencyDigits: number;
  /** IANA zone in which days begin, e.g. Asia/Shanghai. */
  readonly timeZone: string;
  /** Contribution margin as a share of what is paid, used where a product has no unit cost; 0 to 1. */
  readonly marginShare: number;
  /** Language of titles and texts: zh or en. */
  readonly language: 'zh' | 'en';
}
