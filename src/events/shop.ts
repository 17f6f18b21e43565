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
  /** What serving an order costs beside its goods: packing, shipping, payment, support; whole minor units; default 0. */
  readonly orderCostMinor?: number;
  /** What one order that comes back costs beside the money given back; whole minor units; default 0. */
  readonly returnCostMinor?: number;
  /** What money that comes a year later is worth less, e.g. 0.1; values are then told in today's money; default 0. */
  readonly discountRate?: number;
  /** Language of titles and texts: zh or en. */
  readonly language: 'zh' | 'en';
}
