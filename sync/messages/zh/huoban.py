"""What is said of 伙伴云, in Chinese."""

WORDS = {
    "the workspace has no tables that this key may see": "工作区里没有这个密钥能看到的表格",
    "{table} cannot be read; give the key the right to it in the console of 伙伴云. {error}": "无法读取 {table}；请在伙伴云管理后台给这个密钥授权。{error}",
    "伙伴云 tells no changes; the table is read in full": "伙伴云不提供增量变更；将完整读取表格",
    "伙伴云 gives the same page of {table} again and again; it cannot be read in full": "伙伴云反复返回 {table} 的同一页；无法完整读取",
    "fewer records came than the table says it has": "读到的记录少于表格声明的数量",
    "{table} has no column `{column}` to search": "{table} 没有可以搜索的列 `{column}`",
    "伙伴云 answers without a list of records for {table}": "伙伴云没有返回 {table} 的记录列表",
    "there is no such column, or it is read-only": "没有这一列，或它是只读的",
    "this place in a listing is not one of this table; it is read anew": "这个读取位置不属于这张表；将重新读取",
}
