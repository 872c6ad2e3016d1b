namespace Unarr.CommandLine;

/// <summary>What was asked for cannot be done as it was asked: one line for people, exit code 2.</summary>
internal sealed class UsageException(string message, Exception? innerException = null) : Exception(message, innerException);
