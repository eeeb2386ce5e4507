"""Files of systems that are not shipped, and stand-ins that answer as their public descriptions say."""
