"""What the feishu_bitable connector is made of: one base's HTTP side, its tables, cells, reading and writing."""
