"""What is said of 企业微信, in Chinese."""

WORDS = {
    "企业微信 does not let this app read contacts; in its admin console add the app to 客户联系 → API → 可调用接口的应用. {text}": "企业微信不允许这个应用读取客户；请在管理后台把应用加入 客户联系 → API → 可调用接口的应用。{text}",
    "企业微信 does not know the address of this machine; in its admin console add it to 企业可信IP of the app. {text}": "企业微信不认识这台机器的地址；请在管理后台把它加入该应用的企业可信IP。{text}",
    "企业微信 gives no token for this app; check `corp_id` and `secret`": "企业微信没有给这个应用发放令牌；请检查 `corp_id` 和 `secret`",
    "the app does not see the member {user}: widen its 可见范围, and let the member use 客户联系": "应用看不到成员 {user}：请扩大应用的可见范围，并让该成员可以使用客户联系",
    "the app sees no member who uses 客户联系: widen its 可见范围, and 客户联系 → 权限配置 → 使用范围": "应用看不到任何使用客户联系的成员：请扩大应用的可见范围，以及 客户联系 → 权限配置 → 使用范围",
    "the app may not read the tags of the corporation, so none is written; grant it 企业客户标签": "应用无权读取企业标签，所以不会写入标签；请给它企业客户标签的权限",
    "企业微信 tells no changes; the contacts are read in full": "企业微信不提供增量变更；将完整读取客户",
    "企业微信 gives the same page again and again; the contacts cannot be read in full": "企业微信反复返回同一页；无法完整读取客户",
    "企业微信 answers without a list of contacts": "企业微信没有返回客户列表",
    "the app may not read the contacts of {members}": "应用无权读取 {members} 的客户",
    "the app sees no member who uses 客户联系": "应用看不到任何使用客户联系的成员",
    "企业微信 cannot search its contacts by `{column}`": "企业微信不能按 `{column}` 搜索客户",
    "企业微信 has one table, `{table}`": "企业微信只有一张表 `{table}`",
    "企业微信 cannot empty this": "企业微信不能清空这一项",
    "this holds {count} characters at most": "这一项最多 {count} 个字",
    "this is no tag of the corporation": "这不是企业标签",
}
