"""What the pretended systems say, in Chinese."""

WORDS = {
    "Starts a pretended system with example customers on this machine, and prints the settings to try it with.": "在本机启动一个带示例客户的模拟系统，并打印试用它所需的设置。",
    "The connector whose system is pretended, like airtable.": "要模拟其系统的连接器，例如 airtable。",
    "The port it listens on; 0 takes any that is free.": "监听的端口；0 表示任选一个空闲端口。",
    "nothing here pretends to be `{vendor}`; there is: {there}": "这里没有 `{vendor}` 的模拟系统；有：{there}",
    "port {port} is taken; choose another with --port": "端口 {port} 已被占用；请用 --port 另选一个",
    "A pretended {title} runs at {base}. Nothing leaves this machine, and it forgets everything when it stops.": "模拟的 {title} 正在 {base} 运行。没有任何内容离开本机，停止后一切都会遗忘。",
    "In offbook.yaml:": "写入 offbook.yaml：",
    "In mappings/{name}:": "写入 mappings/{name}：",
    "In the environment of Offbook:": "写入 Offbook 的环境变量：",
    "Ctrl-C stops it.": "按 Ctrl-C 停止。",
    "this address book is kept by Radicale, which is not installed: pip install radicale": "这个通讯录由 Radicale 提供，而它没有安装：pip install radicale",
}
