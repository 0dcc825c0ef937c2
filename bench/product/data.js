/** The product view of pg_tviews' benchmark: five tables, one document of each product, and what it has to be. */
import { generator } from '../measure.js';

/** Tables, without the names of types that engines spell differently. @param {string} price the type of prices */
export const tables = (price) => `
  CREATE TABLE tb_category (id integer PRIMARY KEY, name text NOT NULL, slug text NOT NULL UNIQUE);
  CREATE TABLE tb_supplier (id integer PRIMARY KEY, name text NOT NULL, email text NOT NULL, country text NOT NULL);
  CREATE TABLE tb_product (id integer PRIMARY KEY, fk_category integer NOT NULL, fk_supplier integer, sku text NOT NULL,
    name text NOT NULL, description text NOT NULL, base_price ${price} NOT NULL, current_price ${price} NOT NULL,
    currency text NOT NULL, status text NOT NULL);
  CREATE TABLE tb_inventory (id integer PRIMARY KEY, fk_product integer NOT NULL UNIQUE, quantity integer NOT NULL,
    reserved integer NOT NULL, warehouse text NOT NULL);
  CREATE TABLE tb_review (id integer PRIMARY KEY, fk_product integer NOT NULL, fk_user integer NOT NULL, rating integer NOT NULL,
    title text NOT NULL, content text NOT NULL, verified boolean NOT NULL, helpful_count integer NOT NULL);
  CREATE INDEX product_category ON tb_product (fk_category);
  CREATE INDEX product_supplier ON tb_product (fk_supplier);
  CREATE INDEX review_product ON tb_review (fk_product, id);`;

const RECENT = 5;

/** All rows, and the documents that they make. */
export class Shop {
  categories;
  suppliers;
  products;
  inventory;
  /** @type {any[]} */
  reviews = [];
  /** @type {Map<number, any[]>} */
  #reviewsOf = new Map();

  /** @param {number} size how many products; five times as many reviews */
  constructor(size) {
    const random = generator(size + 1);
    const list = (count, make) => Array.from({ length: count }, (_, i) => make(i + 1));
    this.categories = list(Math.max(10, Math.min(100, size / 1_000)), (id) => ({ id, name: `Category ${id}`, slug: `category-${id}` }));
    this.suppliers = list(Math.max(10, Math.min(50, size / 2_000)), (id) => ({
      id, name: `Supplier ${id}`, email: `contact@supplier${id}.example`, country: ['DE', 'FR', 'US', 'JP'][id % 4],
    }));
    this.products = list(size, (id) => this.product(id, random));
    this.inventory = list(size, (id) => ({
      id, fk_product: id, quantity: random.below(1_001), reserved: random.below(51), warehouse: `WH-${1 + random.below(10)}`,
    }));
    for (let id = 1; id <= size * 5; id++) {
      this.addReview({
        id, fk_product: 1 + random.below(size), fk_user: random.below(10_000), rating: 1 + random.below(5), title: `Review ${id}`,
        content: `What user thought of it: ${id}`, verified: random.chance(0.7), helpful_count: random.below(100),
      });
    }
  }

  /** @param {number} id @param {ReturnType<typeof generator>} random */
  product(id, random) {
    const base = 1_000 + random.below(99_001);
    return {
      id, fk_category: 1 + random.below(this.categories.length),
      fk_supplier: random.chance(0.1) ? null : 1 + random.below(this.suppliers.length),
      sku: `SKU-${String(id).padStart(10, '0')}`, name: `Product ${id}`, description: `All there is to say of product ${id}`,
      base_price: base / 100, current_price: (base - random.below(base >> 1)) / 100, currency: 'EUR',
      status: random.chance(0.9) ? 'active' : 'discontinued',
    };
  }

  addReview(review) {
    this.reviews.push(review);
    const of = this.#reviewsOf.get(review.fk_product);
    if (of === undefined) this.#reviewsOf.set(review.fk_product, [review]);
    else of.push(review);
  }

  /** @param {number} id of a product, which counts from 1 without gaps until some are deleted */
  document(id) {
    const product = this.products[id - 1];
    const category = this.categories[product.fk_category - 1];
    const supplier = product.fk_supplier === null ? null : this.suppliers[product.fk_supplier - 1];
    const stock = this.inventory[id - 1];
    const reviews = this.#reviewsOf.get(id) ?? [];
    const average = reviews.reduce((sum, { rating }) => sum + rating, 0) / reviews.length;
    return {
      id, sku: product.sku, name: product.name, description: product.description, status: product.status,
      price: {
        base: product.base_price, current: product.current_price, currency: product.currency,
        discount_pct: Math.round((Math.round(product.base_price * 100) - Math.round(product.current_price * 100)) * 100
          / Math.round(product.base_price * 100)),
      },
      category: { id: category.id, name: category.name, slug: category.slug },
      supplier: supplier && { id: supplier.id, name: supplier.name, email: supplier.email, country: supplier.country },
      inventory: stock === undefined ? null : {
        quantity: stock.quantity, available: stock.quantity - stock.reserved, in_stock: stock.quantity > stock.reserved,
        warehouse: stock.warehouse,
      },
      reviews: {
        count: reviews.length, average_rating: reviews.length === 0 ? null : Math.round(average * 100) / 100,
        recent: reviews.slice(-RECENT).reverse().map(({ id: review, rating, title, verified }) => ({ id: review, rating, title, verified })),
      },
    };
  }
}

/** The rows of the tables in order, as lists of values. @param {Shop} shop */
export function* tableRows(shop) {
  const values = (rows) => rows.map(Object.values);
  yield ['tb_category', values(shop.categories)];
  yield ['tb_supplier', values(shop.suppliers)];
  yield ['tb_product', values(shop.products)];
  yield ['tb_inventory', values(shop.inventory)];
  yield ['tb_review', values(shop.reviews)];
}
