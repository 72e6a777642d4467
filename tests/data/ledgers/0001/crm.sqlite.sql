BEGIN TRANSACTION;
CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, phone TEXT, website TEXT, external_id TEXT UNIQUE);
INSERT INTO "accounts" VALUES(1,'上海宇润科技有限公司','021-58881001','www.yurun.example',NULL);
INSERT INTO "accounts" VALUES(2,'北京天合贸易有限公司',NULL,'www.tianhe.example',NULL);
INSERT INTO "accounts" VALUES(3,'成都天府软件有限公司',NULL,NULL,'ak7w0002000lflw');
INSERT INTO "accounts" VALUES(4,'广州未来软件有限公司',NULL,'www.weilai.example','ak7w0002000lflx');
INSERT INTO "accounts" VALUES(5,'深圳湾区电子有限公司',NULL,'www.wanqu.example','ak7w0002000lfly');
CREATE TABLE contacts (
    id INTEGER PRIMARY KEY, full_name TEXT, mobile TEXT, email TEXT, title TEXT,
    account_id INTEGER REFERENCES accounts (id), external_id TEXT UNIQUE
);
INSERT INTO "contacts" VALUES(1,'张三丰','13800138001','zhang@yurun.example','经理',1,NULL);
INSERT INTO "contacts" VALUES(2,'李思敏','13900139002','li@tianhe.example','采购',2,NULL);
INSERT INTO "contacts" VALUES(3,'孙启明','13500135005','sun@tianfu.example','经理',3,'ak7w0002000lflz');
INSERT INTO "contacts" VALUES(4,'赵柳青','13600136004','zhao@wanqu.example','总监',5,'ak7w0002000lfm1');
INSERT INTO "contacts" VALUES(5,'王武略','13700137003',NULL,'工程师',4,'ak7w0002000lfm3');
COMMIT;
