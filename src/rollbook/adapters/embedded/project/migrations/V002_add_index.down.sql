DROP INDEX orders_by_sku;
