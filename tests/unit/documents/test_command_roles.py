"""M27: what each command of a fence is for, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollbook.documents.commands import read_fence
from rollbook.values import At


def commands(text: str, title: str = "", language: str = "bash"):
    fence, problems = read_fence(title, language, text, At(1, 1))
    assert problems == ()
    return fence.commands


def roles(text: str, title: str = "") -> list[str]:
    return [command.role for command in commands(text, title)]


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("docker build -t a .", "build"),
        ("podman build .", "build"),
        ("docker buildx build .", "build"),
        ("npm run build", "build"),
        ("mvn clean package", "build"),
        ("make build", "build"),
        ("docker push a", "push"),
        ("docker login -u x registry", "push"),
        ("docker tag a b", "push"),
        ("kubectl apply -f k8s/", "deploy"),
        ("kubectl -n prod set image deployment/a a=b", "deploy"),
        ("helm upgrade --install app ./chart", "deploy"),
        ("docker compose up -d", "deploy"),
        ("./scripts/deploy.sh prod", "deploy"),
        ("ansible-playbook site.yml", "deploy"),
        ("sudo systemctl restart app", "deploy"),
        ("kubectl rollout status deployment/a", "verify"),
        ("curl -fsS http://x/health", "verify"),
        ("./smoke-test.sh", "verify"),
        ("kubectl wait --for=condition=ready pod -l app=a", "verify"),
        ("./scripts/migrate.sh up", "migrate_up"),
        ("alembic upgrade head", "migrate_up"),
        ("flyway -url=x migrate", "migrate_up"),
        ("python manage.py migrate", "migrate_up"),
        ("migrate -path db -database $URL up", "migrate_up"),
        ("npx prisma migrate deploy", "migrate_up"),
        ("kubectl exec deploy/app -- ./migrate.sh up", "migrate_up"),
        ("docker compose run --rm app alembic upgrade head", "migrate_up"),
        ("goose up", "migrate_up"),
        ("./scripts/migrate.sh down", "migrate_down"),
        ("alembic downgrade -1", "migrate_down"),
        ("flyway undo", "migrate_down"),
        ("npm run migrate:down", "migrate_down"),
        ("goose down-to 3", "migrate_down"),
        ("./scripts/migrate.sh status", "migrate_status"),
        ("alembic current", "migrate_status"),
        ("python3 manage.py showmigrations", "migrate_status"),
        ("pg_dump -Fc app > app.dump", "backup"),
        ("PGPASSWORD=x pg_dump app | gzip > a.gz", "backup"),
        ("./backup_db.sh", "backup"),
        ("mysqldump app", "backup"),
        ("kubectl rollout undo deployment/a", "rollback"),
        ("helm rollback app 3", "rollback"),
        ("./scripts/rollback.sh", "rollback"),
        ("kubectl logs -f deployment/a", "operations"),
        ("kubectl exec -it deployment/a -- sh", "operations"),
        ("kubectl scale deployment/a --replicas=3", "operations"),
        ("kubectl top pods", "operations"),
        ("kubectl get pods", "operations"),
        ("journalctl -u app", "operations"),
        ("echo done", "other"),
        ("sleep 5", "other"),
    ],
)
def test_m27_the_program_says_what_a_command_is_for(command, role):
    assert roles(command) == [role]


@pytest.mark.parametrize(
    ("comment", "role"),
    [
        ("构建镜像", "build"),
        ("编译", "build"),
        ("推送镜像", "push"),
        ("部署新版本", "deploy"),
        ("发布到生产", "deploy"),
        ("验证部署", "verify"),
        ("检查健康状态", "verify"),
        ("执行数据库迁移", "migrate_up"),
        ("回滚迁移", "migrate_down"),
        ("回滚数据库", "migrate_down"),
        ("查看迁移状态", "migrate_status"),
        ("备份数据库", "backup"),
        ("回滚到上一版本", "rollback"),
        ("验证回滚", "rollback"),
        ("查看日志", "operations"),
        ("扩容", "operations"),
        ("Build the image", "build"),
        ("Push it", "push"),
        ("2) Deploy the new version", "deploy"),
        ("Verify the deployment", "verify"),
        ("Wait for the rollout", "verify"),
        ("Run the migrations", "migrate_up"),
        ("Roll back the migrations", "migrate_down"),
        ("Show migrations", "migrate_status"),
        ("Back up the database", "backup"),
        ("Roll back to the previous version", "rollback"),
        ("Tail the logs", "operations"),
        ("Note well", "other"),
    ],
)
def test_m27_the_comment_says_it_of_a_program_that_nobody_knows(comment, role):
    assert roles(f"# {comment}\n./tool.sh x") == [role]


@pytest.mark.parametrize(
    ("comment", "command", "role"),
    [
        ("构建并推送", "docker push a", "push"),
        ("部署", "kubectl rollout status deployment/a", "verify"),
        ("回滚到旧版本", "kubectl set image deployment/a a=old", "rollback"),
        ("Roll back", "kubectl apply -f old.yaml", "rollback"),
        ("执行数据库迁移", "kubectl apply -f migrate-job.yaml", "migrate_up"),
        ("验证", "kubectl get pods", "verify"),
        ("触发部署", "curl -X POST https://ci.example.com/deploy", "deploy"),
        ("database", "./scripts/migrate.sh down", "migrate_down"),
    ],
)
def test_m27_where_both_speak_the_one_that_knows_better_counts(comment, command, role):
    assert roles(f"# {comment}\n{command}") == [role]


@pytest.mark.parametrize(
    ("title", "command", "role"),
    [
        ("4.2 构建命令", "./tool.sh", "build"),
        ("Deploy commands", "./tool.sh", "deploy"),
        ("8.2 日常运维命令", "./scripts/migrate.sh up", "operations"),
        ("Day-to-day", "kubectl apply -f x", "operations"),
        ("6.3 回滚流程", "kubectl rollout status deployment/a", "rollback"),
        ("Rollback", "./migrate.sh down", "migrate_down"),
        ("6.3 回滚流程", "./migrate.sh up", "rollback"),
        ("5.2 迁移执行", "./tool.sh", "other"),
        ("Deploy commands", "kubectl delete pod a", "operations"),
    ],
)
def test_m27_headings_of_operations_and_rollback_hold_for_all_below_them(title, command, role):
    assert roles(command, title) == [role]


def test_m27_below_a_heading_of_migrations_rolling_back_is_migrating_down():
    text = "# 执行\n./db.sh a\n# 回滚\n./db.sh b"
    assert roles(text, "5. 数据库变更") == ["other", "migrate_down"]


def test_m27_outer_headings_of_operations_hold_inside():
    fence, _ = read_fence("8.2 查看部署状态", "bash", "./deploy.sh", At(1, 1), above=("8. 运维手册",))
    assert [c.role for c in fence.commands] == ["operations"]


def test_m27_a_fence_may_hold_up_and_down():
    assert roles("# 执行迁移\n./m.sh up\n\n# 回滚迁移\n./m.sh down") == ["migrate_up", "migrate_down"]


@pytest.mark.parametrize(
    "comment",
    [
        "4. 如需回滚数据库",
        "如果需要",
        "必要时执行",
        "（可选）清理缓存",
        "若有必要",
        "如果部署失败",
        "4. If needed",
        "Optional: clean up",
        "Only if the schema changed",
        "When the queue is full",
        "run this as needed",
        "if the build fails, clean",
    ],
)
def test_m27_a_condition_in_a_comment_guards_its_command(comment):
    (command,) = commands(f"# {comment}\n./x.sh")
    assert command.guarded


@pytest.mark.parametrize("comment", ["部署", "检查是否需要", "Check if it runs", "Deploy", "", "3. 验证回滚"])
def test_m27_other_comments_do_not_guard(comment):
    (command,) = commands(f"# {comment}\n./x.sh")
    assert not command.guarded


def test_what_prepares_belongs_to_the_command_it_prepares():
    found = commands("cd db\nexport A=1\n./migrate.sh up\nB=2\ndocker build -t a .")
    assert [(c.role, c.prepares) for c in found] == [
        ("migrate_up", True),
        ("migrate_up", True),
        ("migrate_up", False),
        ("build", True),
        ("build", False),
    ]


@pytest.mark.parametrize("language", ["yaml", "dockerfile", "sql", "python", "json"])
def test_fences_of_other_languages_have_no_commands(language):
    assert commands("FROM x (\n", language=language) == ()


def test_m03_a_fence_of_comments_is_blank():
    assert commands("# 见项目根目录 Dockerfile\n\n#\n") == ()


@pytest.mark.parametrize(
    ("title", "rule", "severity"),
    [("部署", "unreadable-command", "error"), ("运维手册", "unreadable-operations-command", "warning")],
)
def test_what_is_not_shell_is_a_problem_at_its_line(title, rule, severity):
    fence, (problem,) = read_fence(title, "bash", "a\necho 'open", At(30, 1), "d.md")
    assert fence.commands == ()
    assert (problem.rule, problem.severity, problem.file, problem.at) == (rule, severity, "d.md", At(31, 6))


def test_m27_the_seeds_commands_have_their_roles(seed_d: Path):
    lines = seed_d.read_text(encoding="utf-8").split("\n")
    found, title = {}, ""
    for number, line in enumerate(lines, 1):
        title = line if line.startswith("#") else title
        if line == "```bash":
            end = lines.index("```", number)
            fence, problems = read_fence(title, "bash", "\n".join(lines[number:end]), At(number + 1, 1))
            assert problems == ()
            found |= {c.at.line: (c.role, c.guarded) for c in fence.commands}
    assert found == {
        94: ("build", False),
        97: ("push", False),
        104: ("deploy", False),
        105: ("deploy", False),
        108: ("verify", False),
        124: ("migrate_up", False),
        127: ("migrate_down", False),
        168: ("rollback", False),
        171: ("rollback", False),
        174: ("rollback", False),
        177: ("migrate_down", True),
        225: ("operations", False),
        228: ("operations", False),
        231: ("operations", False),
        234: ("operations", False),
    }


@settings(deadline=None)
@given(st.text(), st.text(), st.sampled_from(["bash", "sh", "console", "", "yaml"]))
def test_reading_a_fence_never_raises(title, text, language):
    read_fence(title, language, text, At(1, 1))
