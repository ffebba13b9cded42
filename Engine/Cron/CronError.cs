namespace Qschedd.Engine.Cron;

/// <param name="Offset">Position in the text, in characters from 0.</param>
/// <param name="Message">What is wrong there, and what would be right.</param>
internal sealed record CronError(int Offset, string Message);
