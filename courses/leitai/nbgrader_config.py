"""nbgrader 在这个文件夹里运行时读取的设置：先读整套安装的设置，再写本课程的。"""

c = get_config()
load_subconfig("../../jupyter_config.py")

c.CourseDirectory.course_id = "leitai"
