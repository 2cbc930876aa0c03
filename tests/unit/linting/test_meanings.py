"""What phrases that nothing binds mean to the rules, by their words alone, in both languages."""

from __future__ import annotations

import pytest

from rollbook.linting.meanings import Meanings

MEANINGS = Meanings()
SAYS = {
    "leaves": (
        "从负载均衡器移除 | 将节点从 SLB 摘除 | 从注册中心下线 | 摘掉流量 | 从 Nginx upstream 中剔除 | 切断流量 | 排"
        "空节点 | "
        "Take the server out of the load balancer | Detach from the ALB | Drain connections | Take the node offline | "
        "Disable the backend in HAProxy | Pull the host from the pool | Stop serving traffic | Put it into "
        "maintenance mode"
    ),
    "stops": (
        "停止旧版本服务 | 关闭应用进程 | kill 旧进程 | 优雅停机 | Stop the old version | Shut down nginx | docker "
        "stop web"
    ),
    "returns": (
        "将服务器重新加入负载均衡池 | 恢复流量 | 节点上线 | 加回集群 | 挂载到 SLB | 恢复接流 | Put back in service | "
        "Undrain it | "
        "Re-enable in HAProxy | Register targets | Bring the node back online | Return nodes to rotation"
    ),
    "reports": ("发送成功/失败通知 | 更新部署记录 | 生成部署报告 | Notify the team | Update the change record"),
    "rolling": (
        "分批进行 | 每次一台 | 灰度发布 | 滚动更新 | one at a time | in batches of 3 | canary first | rolling update"
    ),
    "availability": (
        "保持服务可用 | 用户无感知 | 保障业务连续性 | keep the service available | the service must stay up"
    ),
    "no_downtime": ("零停机 | 服务不中断 | 避免停机 | zero downtime | without interruption"),
    "real_traffic": (
        "错误率 | 5xx 比例 | QPS | 请求成功率 | error rate | HTTP error ratio | failed requests | throughput"
    ),
    "probes": ("探测错误率 | 冒烟测试错误率 | error rate of probe requests | synthetic checks"),
    "limit_unnamed": ("错误率低于阈值 | 在正常范围内 | error rate below the threshold | meets the target"),
}
SAYS_NOT = {
    "leaves": (
        "拉取新版本镜像 | 启动新版本服务 | 等待服务就绪 | start the new version | train the model | Pull the new image"
    ),
    "stops": ("停止告警 | 不停机发布 | start the service | Nonstop service"),
    "returns": ("从负载均衡器移除 | 验证流量分发 | Remove from the load balancer | verify traffic distribution"),
    "reports": ("生成测试覆盖率报告 | 检查服务端口响应 | Generate the coverage report"),
    "rolling": ("切换回旧版本 | rolling back to the old version | 回滚"),
    "availability": ("恢复旧版本服务 | restore the old version"),
    "real_traffic": ("响应时间 | 无活跃连接 | test success rate | response time | no active connections"),
    "limit_unnamed": ("错误率 < 1% | error rate < 1%"),
}


def cases(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(meaning, text.strip()) for meaning, texts in table.items() for text in texts.split(" | ")]


@pytest.mark.parametrize(("meaning", "text"), cases(SAYS))
def test_words_say_what_they_mean(meaning: str, text: str) -> None:
    assert MEANINGS.says(meaning, text)


@pytest.mark.parametrize(("meaning", "text"), cases(SAYS_NOT))
def test_other_words_do_not(meaning: str, text: str) -> None:
    assert not MEANINGS.says(meaning, text)


def test_width_and_case_do_not_count() -> None:
    assert MEANINGS.says("real_traffic", "ＱＰＳ")
    assert MEANINGS.says("no_downtime", "ZERO DOWNTIME")
