-- Orders are looked up by product.
CREATE INDEX orders_by_sku ON orders (sku, ordered_at);
