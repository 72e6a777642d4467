"""What the example of five systems says, in Chinese."""

WORDS = {
    "a Chinese workbook": "一个中文工作簿",
    "a pretended Airtable": "模拟的 Airtable",
    "a pretended Google sheet": "模拟的 Google 表格",
    "a pretended Zoho CRM, the formal system": "模拟的 Zoho CRM，即正式系统",
    "a pretended 纷享销客 (Fxiaoke)": "模拟的纷享销客",
    "{count} made-up customers in five places; none knows them all.": "{count} 个虚构客户，分布在五处；没有一处认识全部客户。",
    "before": "之前",
    "after": "之后",
    "First run: {changes} changes.": "第一次运行：{changes} 处更改。",
    "Second run: {changes} changes.": "第二次运行：{changes} 处更改。",
    "Once more, and now answers are lost, connections die, systems are busy, broken or in a hurry:": "再来一次，这回会丢失应答、断开连接，系统会繁忙、出错或限流：",
    "Run {number}: a system could not even be described; it is planned again.": "第 {number} 次运行：有一个系统连结构都读不到；将重新做计划。",
    "Run {number}: {changes} changes; could not be used: {failed}.": "第 {number} 次运行：{changes} 处更改；无法使用：{failed}。",
    "{count} requests met a trouble. Now it is quiet.": "有 {count} 个请求遇到了故障。现在一切安静。",
    "Each place shows each customer exactly once, with all that any of them knew.": "每一处都恰好有每个客户一次，并带有任何一处所知的全部内容。",
    "the five do not agree; this should not be": "五处没有达成一致；这不应该发生",
}
