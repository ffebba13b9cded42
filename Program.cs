Console.WriteLine("qschedd");
return 0;
