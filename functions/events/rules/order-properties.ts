/** Orders in the property names that Klaviyo's guide gives to integrations of its own kind. */
import type { Transaction } from '../../../shared/jobs/contract/messages.ts';

type Line = Transaction['lines'][number];
type Address = NonNullable<Transaction['billingAddress']>;
type Properties = Record<string, unknown>;

/** Without what the source does not know. */
const known = (values: Properties): Properties =>
  Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== null),
  );

const distinct = (values: readonly (string | undefined)[]): string[] => [
  ...new Set(values.filter((value) => value !== undefined)),
];

/** Six decimals are more than any currency has, and hide what binary fractions add. */
export const rowTotalOf = ({ rowTotal, quantity, unitPrice }: Line): number =>
  rowTotal ?? Number((quantity * unitPrice).toFixed(6));

const toAddress = (address: Address | undefined): Properties | undefined =>
  address === undefined
    ? undefined
    : known({
        FirstName: address.firstName,
        LastName: address.lastName,
        Company: address.company,
        Address1: address.address1,
        Address2: address.address2,
        City: address.city,
        Region: address.region,
        RegionCode: address.regionCode,
        Country: address.country,
        CountryCode: address.countryCode,
        Zip: address.zip,
        Phone: address.phone,
      });

/** What an item of an order and an Ordered Product have in common. */
const toProduct = ({ productId, sku, name, quantity, url, imageUrl, categories }: Line) => ({
  ProductID: productId,
  SKU: sku,
  ProductName: name,
  Quantity: quantity,
  ProductURL: url,
  ImageURL: imageUrl,
  Categories: categories,
});

const toItem = (line: Line): Properties => ({
  ...line.properties,
  ...known({
    ...toProduct(line),
    ItemPrice: line.unitPrice,
    RowTotal: rowTotalOf(line),
    Brand: line.brand,
  }),
});

/** The properties of a Placed Order. The source's own ones never replace a customary one. */
export const toOrderProperties = (transaction: Transaction): Properties => {
  const { lines } = transaction;
  return {
    ...transaction.properties,
    ...known({
      OrderId: transaction.transactionId,
      Categories: distinct(lines.flatMap(({ categories = [] }) => categories)),
      ItemNames: distinct(lines.map(({ name }) => name)),
      Brands: distinct(lines.map(({ brand }) => brand)),
      DiscountCode: transaction.discountCode,
      DiscountValue: transaction.discountValue,
      Items: lines.map(toItem),
      BillingAddress: toAddress(transaction.billingAddress),
      ShippingAddress: toAddress(transaction.shippingAddress),
    }),
  };
};

/** The properties of an Ordered Product, whose brand Klaviyo names differently than an item's. */
export const toLineProperties = (transactionId: string, line: Line): Properties => ({
  ...line.properties,
  ...known({ OrderId: transactionId, ...toProduct(line), ProductBrand: line.brand }),
});
